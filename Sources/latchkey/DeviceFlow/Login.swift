import ArgumentParser
import JOSE
import LatchkeyVerifier

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `latchkey login`: the device authorization grant (RFC 8628).
struct Login: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Log in by approving a code in a browser, on this device or another.",
        discussion: """
            Prints a link, a code and a QR code, opens the browser when there is one, waits for your approval and \
            stores the login for the other commands.

              latchkey login
              latchkey login --issuer https://id.example.com --organization acme
              latchkey login --scope "jobs:read" --resource https://api.example.com
              latchkey login --issuer https://id.internal --authorities /etc/ssl/company.pem

            A login keeps the authorities it was made with, for the commands after it. One that was there before at \
            the same issuer is replaced, and ended at the server.
            """)

    @Option(help: "The scopes to ask for, separated by spaces. Default: the server decides.")
    var scope: String?

    @Option(help: ArgumentHelp("The organization to work in.", valueName: "slug"))
    var organization: String?

    @Option(help: ArgumentHelp("The API the tokens are for: their audience (RFC 8707).", valueName: "uri"))
    var resource: String?

    @Flag(name: .customLong("no-browser"), help: "Do not open a browser.")
    var staysInTerminal = false

    @OptionGroup var target: IssuerOption
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let file = try CredentialsFile.standard()
        // A file that cannot be used is said now, not after somebody has approved.
        let known = try file.read()
        let report = LoginReport(terminal: .standard, asJSON: output.json)
        try await target.connected(known) { server in
            let authorization = try await server.authorizeDevice(
                scope: scope, organization: organization, resource: resource)
            report.show(authorization, server.issuer)
            if !staysInTerminal {
                Browser.open(authorization.completeURI, environment: ProcessInfo.processInfo.environment)
            }
            try await finish(try await tokens(authorization, server, report), server, file, report)
        }
    }

    private func tokens(
        _ authorization: DeviceAuthorization, _ server: IdentityServer, _ report: LoginReport
    ) async throws -> IssuedTokens {
        let interruption = Interruption { report.interrupted() }
        defer { interruption.end() }
        return try await DeviceWait(server: server, report: report).tokens(authorization)
    }

    /// The tokens are stored before anything else can fail; only then is it asked whose they are, and is the login ended
    /// that they replace.
    private func finish(
        _ issued: IssuedTokens, _ server: IdentityServer, _ file: CredentialsFile, _ report: LoginReport
    ) async throws {
        let credential = Credential(
            issued, at: .now, believing: server.authorities.flatMap { $0.isKept ? $0.path : nil })
        let replaced = try await store(credential, server.issuer, file)
        let answer = try? await server.person(bearer: issued.accessToken)
        let person = answer.flatMap { $0.refusal == nil ? Person($0.body) : nil }
        if let person { try await name(person.account, issued, server.issuer, file) }
        report.done(person, credential, server.issuer)
        await end(replaced, server, report)
    }

    /// - Returns: what this login replaces.
    private func store(
        _ credential: Credential, _ issuer: Issuer, _ file: CredentialsFile
    ) async throws -> Credential? {
        try await file.locked { held in
            var credentials = try held.read()
            let replaced = credentials[issuer]
            credentials[issuer] = credential
            try held.write(credentials)
            return replaced
        }
    }

    /// Unless another process has put other tokens there meanwhile: those are the ones that live.
    private func name(
        _ account: Credential.Account, _ issued: IssuedTokens, _ issuer: Issuer, _ file: CredentialsFile
    ) async throws {
        try await file.locked { held in
            var credentials = try held.read()
            guard credentials[issuer]?.tokens?.refreshToken == issued.refreshToken else { return }
            credentials[issuer]?.account = account
            try held.write(credentials)
        }
    }

    /// Nobody holds the tokens of the login before any more, so it should not live on at the server. The new login is
    /// good whether or not that can be done.
    private func end(_ replaced: Credential?, _ server: IdentityServer, _ report: LoginReport) async {
        guard let tokens = replaced?.tokens else { return }
        do {
            try await server.revoke(tokens.refreshToken)
        } catch {
            report.stillAlive(CommandFailure(error)?.message ?? "\(error)", server.issuer)
        }
    }
}
