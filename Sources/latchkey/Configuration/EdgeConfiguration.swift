import IdentityHTTP

/// What stands between the server and its callers.
struct EdgeConfiguration: Sendable {
    /// Nil: plain HTTP.
    let tls: TLSFiles?
    let trustedProxies: TrustedProxies

    init(_ layers: ConfigurationLayers) throws {
        let certificate = try layers.value(.tlsCertificate) { $0.isEmpty ? nil : $0 }
        let key = try layers.value(.tlsKey) { $0.isEmpty ? nil : $0 }
        trustedProxies = try layers.value(.trustedProxies) { TrustedProxies($0) } ?? .none
        switch (certificate, key) {
        case (let certificate?, let key?): tls = TLSFiles(certificate: certificate, key: key)
        case (nil, nil): tls = nil
        case (.some, nil):
            throw ConfigurationRefusal.contradiction(
                "\(layers.told(.tlsCertificate)) and no tls_key",
                because: "TLS needs the private key of the certificate.")
        case (nil, .some):
            throw ConfigurationRefusal.contradiction(
                "\(layers.told(.tlsKey)) and no tls_certificate", because: "TLS needs the certificate of the key.")
        }
    }

    /// Throws when the issuer is reached in another way than the server listens.
    func check(_ issuer: Issuer?, _ layers: ConfigurationLayers) throws(ConfigurationRefusal) {
        if tls != nil, let issuer, !issuer.isSecure {
            throw .contradiction(
                "\(layers.told(.tlsCertificate)) and \(layers.told(.issuer, issuer.description))",
                because: "a server that speaks TLS is reached by https, and its tokens must say so.")
        }
    }

    /// What may be meant, but is more likely forgotten: something before this server speaks TLS, and nothing is known
    /// of it. Nil when nothing is.
    func warning(_ issuer: Issuer) -> String? {
        guard issuer.isSecure, tls == nil, trustedProxies.isEmpty else { return nil }
        return "The issuer is reached by https, but this server speaks plain HTTP and trusts no proxy, so all who come "
            + "through one proxy count as one caller. Set trusted_proxies to the proxy's address, or tls_certificate "
            + "and tls_key if there is none"
    }
}
