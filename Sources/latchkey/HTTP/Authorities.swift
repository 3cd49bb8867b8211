import ArgumentParser
import NIOSSL

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Certificates of authorities, from a PEM file, to believe beside the system's.
struct Authorities: Sendable {
    /// Absolute, so that a login can keep it.
    let path: String
    let certificates: [NIOSSLCertificate]
    /// Whether a login keeps the path: what the environment says is for as long as it says so, and may be meant for
    /// another issuer.
    let isKept: Bool

    /// - Parameter origin: who named the file, as people know it.
    init(reading path: String, namedBy origin: String, isKept: Bool = true) throws(CommandFailure) {
        self.isKept = isKept
        self.path = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        let bytes: [UInt8]
        do throws(TLSRefusal) {
            bytes = try TLSFiles.bytes(of: self.path)
        } catch {
            throw Self.refusal("\(error.message.dropLast()) (named by \(origin)).")
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw Self.refusal("\(self.path) holds no certificate in PEM (named by \(origin)).")
        }
        self.certificates = certificates
    }

    private static func refusal(_ message: String) -> CommandFailure {
        CommandFailure(
            .usedWrongly, code: "authorities", message,
            next: "Name a PEM file of certificates that this user may read: --authorities FILE, or LATCHKEY_AUTHORITIES"
        )
    }

    /// What to do about a certificate that is not believed.
    static let advice =
        "Is it by an authority of your own? Name that authority's certificate, a PEM file: --authorities FILE, or "
        + "LATCHKEY_AUTHORITIES"
}

/// `--authorities`, and where they come from when it is not given.
struct AuthoritiesOption: ParsableArguments {
    @Option(
        name: .customLong("authorities"),
        help: ArgumentHelp(
            "PEM file of authorities to believe beside the system's. Default: LATCHKEY_AUTHORITIES", valueName: "file"),
        completion: .file())
    var path: String?

    /// - Parameter login: that at the server which is asked; it keeps what it was made with.
    func read(
        keptWith login: Credential? = nil, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(CommandFailure) -> Authorities? {
        if let path { return try Authorities(reading: path, namedBy: "--authorities") }
        if let path = environment["LATCHKEY_AUTHORITIES"], !path.isEmpty {
            return try Authorities(reading: path, namedBy: "LATCHKEY_AUTHORITIES", isKept: false)
        }
        guard let path = login?.authorities else { return nil }
        return try Authorities(reading: path, namedBy: "your login")
    }
}
