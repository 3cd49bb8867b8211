/// Where a webhook is sent to, taken apart once. What is taken for its host here is what the request goes to.
package struct WebhookURL: Hashable, Sendable {
    /// As it is stored and requested: scheme and host in lower case.
    package let text: String
    package let isSecure: Bool
    /// A name, or an address without brackets.
    package let host: String
    package let port: Int

    /// Why a text is no URL for a webhook.
    package enum Refusal: Error, Hashable, Sendable {
        case tooLong
        case malformed
        case notHTTPS
        case credentials
        case fragment
        case host
        case port
        case address(WebhookAddress.Refusal)
    }

    package static let maximumLength = 1_000

    /// Reads a URL that was typed.
    ///
    /// - Parameter allowsLoopback: in development mode: http and https to this very machine.
    package static func parse(_ typed: String, allowsLoopback: Bool) -> Result<WebhookURL, Refusal> {
        let bytes = Array(typed.utf8)
        guard bytes.count <= maximumLength else { return .failure(.tooLong) }
        guard bytes.allSatisfy(isAllowed), let mark = typed.firstRange(of: "://") else { return .failure(.malformed) }
        let scheme = typed[..<mark.lowerBound].lowercased()
        guard scheme == "https" || (scheme == "http" && allowsLoopback) else { return .failure(.notHTTPS) }
        let rest = typed[mark.upperBound...]
        guard !rest.contains("#") else { return .failure(.fragment) }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else { return .failure(.credentials) }
        guard let (name, digits) = split(authority.lowercased()) else { return .failure(.host) }
        guard let port = port(digits, isSecure: scheme == "https") else { return .failure(.port) }
        if let refusal = refusal(of: name, allowsLoopback: allowsLoopback, isSecure: scheme == "https") {
            return .failure(refusal)
        }
        let path = rest[authority.endIndex...]
        let bare = name.contains(":") ? "[\(name)]" : name
        let text = "\(scheme)://\(bare)\(digits.map { ":" + $0 } ?? "")" + (path.hasPrefix("/") ? "" : "/") + path
        // What is stored may be a byte longer than what was typed, and is read by the same rule.
        guard text.utf8.count <= maximumLength else { return .failure(.tooLong) }
        return .success(WebhookURL(text: text, isSecure: scheme == "https", host: name, port: port))
    }

    /// One that was accepted before.
    init?(stored: String) {
        guard case .success(let url) = Self.parse(stored, allowsLoopback: true) else { return nil }
        self = url
    }

    private init(text: String, isSecure: Bool, host: String, port: Int) {
        (self.text, self.isSecure, self.host, self.port) = (text, isSecure, host, port)
    }

    /// RFC 3986 in ASCII; international names are written in their ASCII form.
    private static func isAllowed(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}".utf8.contains(byte)
    }

    /// Host and port of an authority without credentials.
    private static func split(_ authority: String) -> (host: String, port: String?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return nil }
            let rest = authority[authority.index(after: end)...]
            let host = String(authority[authority.index(after: authority.startIndex)..<end])
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (host, rest.isEmpty ? nil : String(rest.dropFirst()))
        }
        let halves = authority.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard halves.count <= 2, let host = halves.first, !host.isEmpty else { return nil }
        return (host, halves.count == 2 ? halves[1] : nil)
    }

    /// 443, or one that no service of the system listens on.
    private static func port(_ digits: String?, isSecure: Bool) -> Int? {
        guard let digits else { return isSecure ? 443 : 80 }
        guard (1...5).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port == 443 || (1_024...65_535).contains(port), digits == String(port)
        else { return nil }
        return port
    }

    private static func refusal(of host: String, allowsLoopback: Bool, isSecure: Bool) -> Refusal? {
        let isLoopbackName = host == "localhost"
        if isLoopbackName { return allowsLoopback ? nil : .address(.loopback) }
        let isAddress = IPAddress(host) != nil
        if isAddress, let refusal = WebhookAddress.refusal(of: host, allowsLoopback: allowsLoopback) {
            return .address(refusal)
        }
        let isLoopback = isAddress && WebhookAddress.refusal(of: host, allowsLoopback: false) == .loopback
        guard isSecure || isLoopback else { return .notHTTPS }
        return isAddress || isName(host) ? nil : .host
    }

    /// A name of at least two labels (RFC 1123 §2.1). One whose last label is a number is no name but an address in
    /// some old spelling: `0x7f.1`, `017700000001`, `127.1`.
    private static func isName(_ host: String) -> Bool {
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard host.utf8.count <= 253, labels.count >= 2, let last = labels.last else { return false }
        let isHexadecimal = last.starts(with: "0x".utf8)
        let isNumber = last.allSatisfy { (0x30...0x39).contains($0) } || isHexadecimal
        return !isNumber
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { byte in
                        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte)
                            || (0x61...0x7A).contains(byte)
                    }
            }
    }
}
