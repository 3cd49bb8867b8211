/// The name of this server in its mail: what stands behind the scheme of the issuer.
enum MailHost {
    /// - Parameter issuer: the only name that a mail ever gives for this server, whatever a request calls it.
    static func name(of issuer: String) -> String {
        issuer.split(separator: "/", maxSplits: 1).last.map { $0.drop { $0 == "/" } }.map(String.init) ?? issuer
    }
}
