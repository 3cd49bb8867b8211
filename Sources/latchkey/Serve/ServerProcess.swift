import Database
import Hummingbird
import Identity
import IdentityHTTP
import JOSE
import LatchkeyVerifier
import Logging
import NIOCore
import ServiceLifecycle

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One running server: everything put together, and nothing decided.
struct ServerProcess {
    private let configuration: ServerConfiguration
    private let logger: Logger

    init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
        logger = Self.logger(configuration)
    }

    private var location: DatabaseLocation {
        configuration.databaseURL.map { .postgresql(connection: $0) }
            ?? .sqlite(path: configuration.dataDirectory + "/latchkey.db")
    }

    /// Runs until it is told to stop.
    func run() async throws {
        let port = try configuration.port == 0 ? FreePort.find(on: configuration.hostname) : configuration.port
        guard let issuer = configuration.issuer(listeningOn: port) else {
            throw CommandFailure(.usedWrongly, code: "configuration", "There is no issuer for port \(port).")
        }
        let templates = try templates()
        let letters = Letters(
            magicLink: try MagicLinkMail(issuer: issuer.description, templates: templates),
            invitation: try InvitationMail(issuer: issuer.description, templates: templates))
        let database = try await openDatabase()
        do {
            let keys = PurposeKeys(master: try await masterKey(of: database))
            let provider = try await provider(issuer: issuer, database: database, keys: keys, letters: letters)
            try await serve(provider, issuer: issuer, port: port)
        } catch {
            try? await database.close()
            throw Self.failure(error, port: port)
        }
        try await database.close()
    }

    /// Who writes which mail.
    private struct Letters {
        let magicLink: MagicLinkMail
        let invitation: InvitationMail
    }

    private func masterKey(of database: Database) async throws -> MasterKey {
        if let secret = configuration.masterKey, let key = MasterKey(secret) { return key }
        let file = MasterKeyFile(directory: configuration.keysDirectory)
        return try file.load(isNeeded: try await Bootstrap.needsFormerMasterKey(database))
    }

    private func openDatabase() async throws -> Database {
        do {
            return try await Database.open(location, migrations: Schema.migrations, logger: logger)
        } catch let failure as DatabaseFailure {
            throw CommandFailure(
                .refused, code: "database", "\(location) cannot be used. \(failure)",
                next: configuration.databaseURL == nil
                    ? "Check that the directory is yours, has room, and was made by no newer latchkey."
                    : "Check that PostgreSQL runs there and lets this user in: psql with the same URL.")
        }
    }

    private func templates() throws -> MailTemplates {
        try configuration.mailTemplatesDirectory.map { try MailTemplateFiles(directory: $0).load() } ?? .builtIn
    }

    private func provider(
        issuer: Issuer, database: Database, keys: PurposeKeys, letters: Letters
    ) async throws -> IdentityProvider {
        var surroundings = IdentityProvider.Surroundings(
            issuer: issuer.description, database: database, keys: keys, logger: logger,
            signUp: configuration.signUp == .open ? .open : .closed, composeMagicLink: letters.magicLink.compose,
            composeInvitation: letters.invitation.compose)
        if configuration.isDevelopment, configuration.signUp == .open {
            surroundings.signUp = .joining(
                try await Bootstrap.demoOrganization(database, random: .system, at: .now))
        }
        let provider = try await IdentityProvider.open(surroundings, at: .now)
        let bootstrap = Bootstrap(provider)
        try await bootstrap.registerCommandLine(at: .now)
        if configuration.isDevelopment { try await bootstrap.declareExampleResourceServers(at: .now) }
        return provider
    }

    private func serve(_ provider: IdentityProvider, issuer: Issuer, port: Int) async throws {
        let post = MailService(queue: provider.mail, route: mailRoute(issuer: issuer), logger: logger)
        let settings = IdentityEndpoints.Settings(
            issuer: issuer.description, mailbox: post.route.mailbox, limitsRates: configuration.limitsRates,
            mailIsWaiting: post.wake)
        let banner = Banner(
            issuer: issuer.description, isDevelopment: configuration.isDevelopment, location: location.description,
            keysDirectory: configuration.keysDirectory)
        var application = Application(
            router: try IdentityEndpoints(provider, settings).router(),
            server: .http1(
                configuration: .init(
                    idleTimeout: .seconds(60),
                    httpDecoderConfiguration: .init(
                        maxHeaderFieldSize: 16 * 1_024, maxHeaderListSize: 20 * 1_024, maxHeaderFieldCount: 100))),
            configuration: .init(address: .hostname(configuration.hostname, port: port), serverName: nil),
            onServerRunning: { _ in banner.print() }, logger: logger)
        application.addServices(
            post, AuditSealer(audit: provider.audit, logger: logger),
            ExpirySweeper(
                expiredProofs: provider.expiredProofs, mail: provider.mail, answers: provider.recordedAnswers,
                logger: logger))
        try await application.runService()
    }

    private func mailRoute(issuer: Issuer) -> MailRoute {
        if let mail = configuration.mail { return .server(SMTPMail(mail, issuer: issuer)) }
        guard configuration.isDevelopment else {
            logger.warning("No mail can leave, so nobody can sign in by mail: set smtp_url and mail_from")
            return .nowhere
        }
        return .mailbox(
            DevelopmentMailbox { message in
                Terminal.standard.line("Mail to \(message.recipient): \(message.subject)\n\n\(message.text)")
            })
    }

    private static func logger(_ configuration: ServerConfiguration) -> Logger {
        let label = "latchkey"
        var logger =
            switch configuration.logFormat {
            case .json: Logger(label: label) { _ in JSONLogHandler() }
            case .text: Logger(label: label) { StreamLogHandler.standardError(label: $0) }
            }
        logger.logLevel = configuration.logLevel
        return logger
    }

    /// What stopped the start, for whoever typed the command.
    private static func failure(_ error: any Error, port: Int) -> any Error {
        switch error {
        case let error as UnreadableSigningKey:
            CommandFailure(.refused, code: "signing_key_unreadable", error.description)
        case let error as IOError where error.errnoCode == EADDRINUSE:
            CommandFailure(
                .refused, code: "port_in_use", "Port \(port) is used by another program.",
                next: "Stop that program, or choose another port with --port.")
        case let error as IOError where error.errnoCode == EACCES:
            CommandFailure(
                .refused, code: "port_forbidden", "You may not listen on port \(port).",
                next: "Choose a port above 1023 with --port.")
        default: error
        }
    }
}
