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
        let issuer = try target.resolve(file.read())
        let report = LoginReport(terminal: .standard, asJSON: output.json)
        try await IdentityServer.connected(to: issuer) { server in
            let authorization = try await server.authorizeDevice(
                scope: scope, organization: organization, resource: resource)
            report.show(authorization, issuer)
            if !staysInTerminal {
                Browser.open(authorization.completeURI, environment: ProcessInfo.processInfo.environment)
            }
            let interruption = Interruption { report.interrupted() }
            defer { interruption.end() }
            let tokens = try await DeviceWait(server: server, report: report).tokens(authorization)
            try await finish(tokens, server, file, report)
        }
    }

    /// The tokens are stored before anything else can fail; only then is it asked whose they are.
    private func finish(
        _ issued: IssuedTokens, _ server: IdentityServer, _ file: CredentialsFile, _ report: LoginReport
    ) async throws {
        let credential = Credential(issued, at: .now)
        try await store(credential, server.issuer, file)
        let answer = try? await server.person(bearer: issued.accessToken)
        let person = answer.flatMap { $0.refusal == nil ? Person($0.body) : nil }
        if let person {
            var named = credential
            named.account = person.account
            try await store(named, server.issuer, file)
        }
        report.done(person, credential, server.issuer)
    }

    private func store(_ credential: Credential, _ issuer: Issuer, _ file: CredentialsFile) async throws {
        try await file.locked { held in
            var credentials = try held.read()
            credentials[issuer] = credential
            try held.write(credentials)
        }
    }
}
