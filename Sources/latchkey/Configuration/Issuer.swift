#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The name of an identity provider, which is also where it answers: an `https` URL, or `http` on this machine
/// (RFC 8414 §2, relaxed for development only). Compared byte for byte, as `iss` is.
struct Issuer: Hashable, Sendable, CustomStringConvertible {
    let description: String
    /// As in the URL, without the brackets of an IPv6 address.
    let host: String
    let port: Int

    /// Nil unless the text is exactly such a URL: no user, no trailing slash, no query, no fragment.
    init?(_ text: String) {
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !text.hasSuffix("/"),
            let parts = URLComponents(string: text), let scheme = parts.scheme, let host = parts.host, !host.isEmpty,
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil
        else { return nil }
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        guard scheme == "https" || (scheme == "http" && Loopback.contains(bare)) else { return nil }
        self.description = text
        self.host = bare
        self.port = parts.port ?? (scheme == "https" ? 443 : 80)
    }

    /// As a person types it: one trailing slash is forgiven.
    init?(typed text: String) {
        self.init(text.hasSuffix("/") ? String(text.dropLast()) : text)
    }

    /// What a server on this machine calls itself when nobody says otherwise.
    static func local(port: Int, isSecure: Bool = false) -> Issuer? {
        Issuer("\(isSecure ? "https" : "http")://localhost:\(port)")
    }

    var isSecure: Bool { description.hasPrefix("https://") }

    var isLoopback: Bool { Loopback.contains(host) }

    /// The names that reach this machine and no other.
    enum Loopback {
        static let names: Set = ["localhost", "127.0.0.1", "::1"]

        static func contains(_ host: String) -> Bool { names.contains(host) }
    }
}
