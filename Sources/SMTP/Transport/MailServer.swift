/// A mail server as its URL names it: `smtp://user@mail.example.com:587` or `smtps://mail.example.com`.
package struct MailServer: Hashable, Sendable, CustomStringConvertible {
    package enum Scheme: String, Sendable {
        /// Begins in the clear and goes over to TLS by STARTTLS.
        case smtp
        /// TLS from the first octet (RFC 8314 §3.3).
        case smtps
    }

    package let scheme: Scheme
    /// A name or an address; one of IPv6 without its brackets.
    package let host: String
    package let port: Int
    /// Whom to log in as; nil when the server asks nobody to.
    package let user: String?

    /// Reads a URL of nothing but scheme, user, host and port. The port is 587 for `smtp` and 465 for `smtps` when it
    /// is not given. An `@` in the user's name may be written as `@` or `%40`. Nil for anything else, and when there
    /// is a password: that is a secret, and a URL is not.
    package init?(_ url: String) {
        guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), url.utf8.count <= 1_024,
            let separator = url.firstRange(of: "://"),
            let scheme = Scheme(rawValue: String(url[..<separator.lowerBound]))
        else { return nil }
        var rest = url[separator.upperBound...]
        if rest.last == "/" { rest.removeLast() }
        if let at = rest.lastIndex(of: "@") {
            guard let user = Self.decoded(rest[..<at]), user.isOneLine, !user.isEmpty else { return nil }
            self.user = user
            rest = rest[rest.index(after: at)...]
        } else {
            user = nil
        }
        guard let (host, port) = Self.hostAndPort(rest, default: scheme == .smtps ? 465 : 587) else { return nil }
        (self.scheme, self.host, self.port) = (scheme, host, port)
    }

    /// Whether a URL, whatever else it says, has a password in it.
    package static func hasPassword(_ url: String) -> Bool {
        guard let separator = url.firstRange(of: "://"), let at = url.lastIndex(of: "@") else { return false }
        return separator.upperBound <= at && url[separator.upperBound..<at].contains(":")
    }

    /// Without the user.
    package var description: String { "\(scheme.rawValue)://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Whether what is said to it stays on this machine.
    package var isLoopback: Bool { ["localhost", "127.0.0.1", "::1"].contains(host) }

    private static func hostAndPort(_ text: Substring, default port: Int) -> (String, Int)? {
        var (host, rest) = (text, Substring())
        if text.first == "[" {
            guard let close = text.firstIndex(of: "]") else { return nil }
            (host, rest) = (text[text.index(after: text.startIndex)..<close], text[text.index(after: close)...])
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.".contains($0) }) else { return nil }
        } else {
            if let colon = text.firstIndex(of: ":") { (host, rest) = (text[..<colon], text[colon...]) }
            guard host.utf8.allSatisfy({ $0.isLetterOrDigit || "-._".utf8.contains($0) }) else { return nil }
        }
        guard !host.isEmpty, host.utf8.count <= 253 else { return nil }
        if rest.isEmpty { return (String(host), port) }
        guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
        return (String(host), Int(port))
    }

    /// RFC 3986 §2.1. Nil when it is no such text, or holds the colon before a password.
    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "%"):
                guard let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16), rest.count >= 2
                else { return nil }
                bytes.append(value)
                rest = rest.dropFirst(2)
            case UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): return nil
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
