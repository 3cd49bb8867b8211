import JOSE

/// What a webhook's messages are signed with, as <https://www.standardwebhooks.com> has it: HMAC-SHA256 over
/// `id.timestamp.body`.
package struct WebhookSecret: Sendable {
    let key: Secret

    package static let prefix = "whsec_"
    static let byteCount = 32

    init(random: RandomSource) {
        key = random.secret(Self.byteCount)
    }

    init(key: Secret) {
        self.key = key
    }

    /// The form in which it is given out, once.
    package var text: String { Self.prefix + key.withBytes { Self.base64(Array($0)) } }

    /// One signature as it stands in `webhook-signature`.
    ///
    /// - Parameter timestamp: seconds since 1970, as in `webhook-timestamp`.
    package func signature(id: String, timestamp: Int64, body: [UInt8]) -> String {
        let message = Array("\(id).\(timestamp).".utf8) + body
        return "v1," + Self.base64(HMACSHA256(key: key).code(for: message))
    }

    /// RFC 4648 §4, with its padding.
    private static func base64(_ bytes: [UInt8]) -> String {
        let text = Base64URL.encode(bytes).map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 }
        return String(text) + String(repeating: "=", count: (4 - text.count % 4) % 4)
    }
}
