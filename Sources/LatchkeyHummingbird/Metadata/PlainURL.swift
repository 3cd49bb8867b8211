/// A URL of the kind that names issuers and APIs: https, or http on this very machine; a host, perhaps a port and a
/// path of plain characters; nothing else.
struct PlainURL: Sendable {
    /// `https://api.example.com`
    let origin: String
    /// `/v1`; empty when there is none.
    let path: String

    init?(_ text: String) {
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://"), text.utf8.count <= 2_000 else { return nil }
        let scheme = isSecure ? "https://" : "http://"
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" }
        guard !authority.isEmpty, authority.utf8.allSatisfy(Self.isOfAuthority) else { return nil }
        if !isSecure {
            guard Self.isThisMachine(authority) else { return nil }
        }
        let path = rest.dropFirst(authority.count)
        guard path.utf8.allSatisfy(Self.isOfPath) else { return nil }
        (origin, self.path) = (scheme + authority, String(path))
    }

    private static func isThisMachine(_ authority: Substring) -> Bool {
        ["localhost", "127.0.0.1", "[::1]"].contains { authority == $0 || authority.hasPrefix($0 + ":") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isOfAuthority(_ byte: UInt8) -> Bool {
        isPlain(byte) || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "]")
    }

    private static func isOfPath(_ byte: UInt8) -> Bool {
        isPlain(byte) || byte == UInt8(ascii: "~") || byte == UInt8(ascii: "/")
    }
}
