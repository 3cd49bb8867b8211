package import WebAuthn

extension RelyingParty {
    /// The site that an issuer's passkeys belong to: its host, and the one origin that its pages have. Nothing that a
    /// request says takes part in it.
    ///
    /// Nil where browsers make no passkeys (WebAuthn §5.1.3): the host is a network address, or it is reached by plain
    /// http and is not `localhost`.
    package init?(issuer: String) {
        let isSecure = issuer.hasPrefix("https://")
        guard isSecure || issuer.hasPrefix("http://") else { return nil }
        let scheme = isSecure ? "https://" : "http://"
        // An origin is in lower case, and without the port that its scheme implies (RFC 6454 §6.2).
        let authority = issuer.dropFirst(scheme.count).prefix { $0 != "/" }.lowercased()
        let parts = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let host = parts.first, !host.isEmpty, !host.hasPrefix("["),
            host.split(separator: ".").last?.allSatisfy(\.isNumber) == false, isSecure || host == "localhost"
        else { return nil }
        let isImplied = parts.count == 1 || parts[1] == (isSecure ? "443" : "80")
        let port = isImplied ? "" : ":\(parts[1])"
        self.init(id: String(host), origins: ["\(scheme)\(host)\(port)"])
    }

    /// The one origin, for people.
    package var origin: String { origins.first ?? id }
}
