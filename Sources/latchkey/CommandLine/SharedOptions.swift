import ArgumentParser

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `--json`, which every command takes.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print JSON for programs instead of text for people.")
    var json = false
}

/// `--issuer`, and where the issuer comes from when it is not given; and whom to believe that it is the issuer.
struct IssuerOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The identity provider. Default: LATCHKEY_ISSUER, else the latest login, else http://localhost:8080",
            valueName: "url"))
    var issuer: String?

    @OptionGroup var authorities: AuthoritiesOption

    /// Runs a body over a connection to the issuer.
    ///
    /// - Parameter credentials: the logins of this machine.
    func connected<Outcome>(
        _ credentials: Credentials, _ body: (IdentityServer) async throws -> Outcome
    ) async throws -> Outcome {
        let issuer = try resolve(credentials)
        return try await IdentityServer.connected(
            to: issuer, believing: try authorities.read(keptWith: credentials[issuer]), body)
    }

    /// - Parameter credentials: the logins of this machine, the latest of which is the default.
    func resolve(
        _ credentials: Credentials, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(CommandFailure) -> Issuer {
        if let issuer { return try Self.parse(issuer, from: "--issuer") }
        if let named = environment["LATCHKEY_ISSUER"], !named.isEmpty {
            return try Self.parse(named, from: "LATCHKEY_ISSUER")
        }
        if let latest = credentials.latestIssuer { return latest }
        return try Self.parse("http://localhost:8080", from: "the default issuer")
    }

    private static func parse(_ text: String, from origin: String) throws(CommandFailure) -> Issuer {
        guard let issuer = Issuer(typed: text) else {
            throw CommandFailure(
                .usedWrongly, code: "invalid_issuer",
                "\(origin) is \"\(text)\" but must be an https URL, or http on localhost, 127.0.0.1 or [::1].",
                next: "Tokens would travel unprotected over plain http. Example: --issuer https://id.example.com")
        }
        return issuer
    }
}
