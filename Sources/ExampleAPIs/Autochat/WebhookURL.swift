import Foundation
import GRDB

/// Where a webhook is, taken apart once and written anew: what is taken for its host here is what is connected to.
struct WebhookURL: Hashable, Sendable {
    static let maximumLength = 1_000

    enum Refusal: Error {
        case malformed, scheme, credentials, host

        /// For the one who typed it.
        var wanted: String {
            switch self {
            case .malformed: "must be a URL such as https://hooks.example.com/autochat"
            case .scheme: "must begin with https:// or http://"
            case .credentials: "must have no user, password or #fragment"
            case .host: "must name its host by letters, digits, dots and hyphens"
            }
        }
    }

    let text: String
    let host: String
    let port: Int

    static func parse(_ typed: String) -> Result<WebhookURL, Refusal> {
        guard typed.utf8.count <= maximumLength, typed.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            var parts = URLComponents(string: typed), let scheme = parts.scheme?.lowercased()
        else { return .failure(.malformed) }
        guard scheme == "https" || scheme == "http" else { return .failure(.scheme) }
        guard parts.user == nil, parts.password == nil, parts.fragment == nil else { return .failure(.credentials) }
        guard let host = parts.host?.lowercased(), isHost(host), (1...65_535).contains(parts.port ?? 443) else {
            return .failure(.host)
        }
        (parts.scheme, parts.host) = (scheme, host)
        guard let text = parts.string else { return .failure(.malformed) }
        return .success(WebhookURL(text: text, host: host, port: parts.port ?? (scheme == "https" ? 443 : 80)))
    }

    /// A name, or an IPv4 address in whatever spelling: what counts is the address that comes of it in the end.
    private static func isHost(_ host: String) -> Bool {
        (1...253).contains(host.utf8.count)
            && host.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: ".")
                    || byte == UInt8(ascii: "-")
            }
    }
}

extension WebhookURL: Codable, DatabaseValueConvertible {
    init(from decoder: any Decoder) throws {
        self = try Self.parse(decoder.singleValueContainer().decode(String.self)).get()
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    var databaseValue: DatabaseValue { text.databaseValue }
    static func fromDatabaseValue(_ value: DatabaseValue) -> WebhookURL? {
        String.fromDatabaseValue(value).flatMap { try? parse($0).get() }
    }
}
