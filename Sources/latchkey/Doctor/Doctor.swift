import ArgumentParser
import Database
import JOSE
import SMTP

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `latchkey doctor`
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check a deployment, and name the fix for each fault.",
        discussion: """
            Takes the settings of serve, from the same places, and looks from outside while the server runs: files, \
            database, keys, plans, the issuer by its name, TLS, proxies, cookies, clocks and mail. Changes nothing, but \
            with --send-mail a mail leaves.

              latchkey doctor --config /etc/latchkey/latchkey.json
              latchkey doctor --issuer https://id.example.com --send-mail you@example.com

            Exit codes: 0 no faults (there may be warnings), 1 faults, 2 used wrongly.
            """)

    @OptionGroup var options: ServeOptions

    @Option(help: ArgumentHelp("Send a test mail there, to see all of the way.", valueName: "address"))
    var sendMail: String?

    @OptionGroup var authorities: AuthoritiesOption

    func run() async throws {
        let recipient = try sendMail.map(Self.mailbox)
        let settings = try await options.configuration()
        guard settings.port != 0 || settings.configuredIssuer != nil,
            let issuer = settings.issuer(listeningOn: settings.port)
        else {
            throw CommandFailure(
                .usedWrongly, code: "configuration", "With port 0 nobody knows where the server is.",
                next: "Name its port with --port, or its issuer with --issuer.")
        }
        let report = try await IdentityServer.connected(to: issuer, believing: try authorities.read()) { server in
            await examine(settings, issuer, server, recipient)
        }
        if options.json { Terminal.standard.json(report.json) } else { report.print(on: .standard) }
        if report.verdict == .fault { throw ExitCode(CommandFailure.Status.refused.rawValue) }
    }

    private func examine(
        _ settings: ServerConfiguration, _ issuer: Issuer, _ server: IdentityServer, _ recipient: Mailbox?
    ) async -> DoctorReport {
        let deployment = Deployment(
            configuration: settings, configurationFile: configurationFile, issuer: issuer, server: server,
            rows: await .look(at: settings.location), keys: .look(settings))
        let checks: [any Check] = [
            FilesCheck(), DiskCheck(), DatabaseCheck(), MasterKeyCheck(), PlansCheck(), IssuerCheck(), TLSCheck(),
            KeySetCheck(), ProxyCheck(), CookieCheck(), ClockCheck(), MailCheck(recipient: recipient),
        ]
        var report = DoctorReport()
        for check in checks {
            Terminal.standard.progress("Looking at \(check.name) …")
            report.add(await check.examine(deployment), by: check)
        }
        Terminal.standard.progress("")
        if case .open(_, let database, _) = deployment.rows { try? await database.close() }
        return report
    }

    private var configurationFile: String? {
        let standard = FileManager.default.currentDirectoryPath + "/latchkey.json"
        return options.config ?? (FileManager.default.fileExists(atPath: standard) ? standard : nil)
    }

    private static func mailbox(_ text: String) throws(CommandFailure) -> Mailbox {
        guard let mailbox = Mailbox(address: text) else {
            throw CommandFailure(
                .usedWrongly, code: "send_mail", "--send-mail \(text) is no mail address.",
                next: "Example: --send-mail you@example.com")
        }
        return mailbox
    }
}
