import Database
import Hummingbird
import Identity
import IdentityHTTP
import JOSE
import LatchkeyVerifier
import Logging
import NIOCore
import ServiceLifecycle

/// One running server: everything put together, and nothing decided.
struct ServerProcess {
    private let configuration: ServerConfiguration
    private let logger: Logger
    private let drain = Drain()
    private let metrics: ServerMetrics

    init(_ configuration: ServerConfiguration) {
        self.configuration = configuration
        logger = Self.logger(configuration)
        metrics = ServerMetrics(drain: drain)
    }

    /// Hears everything and says nothing.
    static let silentLogger = Logger(label: "latchkey") { _ in SwiftLogNoOpLogHandler() }

    private var location: DatabaseLocation { configuration.location }

    /// Runs until it is told to stop.
    func run() async throws {
        ProcessLimits.surviveFileSizeLimit()
        let port = try configuration.port == 0 ? FreePort.find(on: configuration.hostname) : configuration.port
        guard let issuer = configuration.issuer(listeningOn: port) else {
            throw CommandFailure(.usedWrongly, code: "configuration", "There is no issuer for port \(port).")
        }
        let certificates = try certificateReloader()
        if let warning = configuration.edge.warning(issuer) { logger.warning("\(warning)") }
        let templates = try configuration.mailTemplates()
        let letters = Letters(
            magicLink: try Mail<MagicLinkLetter>(issuer: issuer.description, templates: templates),
            invitation: try Mail<InvitationLetter>(issuer: issuer.description, templates: templates),
            webhook: try Mail<WebhookLetter>(issuer: issuer.description, templates: templates),
            apiTokens: try Mail<APITokenLetter>(issuer: issuer.description, templates: templates),
            factorNotice: try Mail<FactorNotice>(issuer: issuer.description, templates: templates))
        // Before anything is written.
        let plans = try configuration.operation.plans()
        if configuration.port != 0 { try await PortProbe.listen(on: configuration.hostname, port: port) }
        let database = try await openDatabase()
        do {
            metrics.observe(database)
            let isUsed = try await Bootstrap.needsFormerMasterKey(database)
            let keys = try configuration.purposeKeys(isNeeded: isUsed)
            let provider = try await provider(
                issuer: issuer, database: database, keys: keys, plans: plans, letters: letters)
            try await serve(provider, certificates, issuer: issuer, port: port)
        } catch {
            try? await database.close()
            throw failure(error, port: port)
        }
        try await database.close()
    }

    /// Who writes which mail.
    private struct Letters {
        let magicLink: Mail<MagicLinkLetter>
        let invitation: Mail<InvitationLetter>
        let webhook: Mail<WebhookLetter>
        let apiTokens: Mail<APITokenLetter>
        let factorNotice: Mail<FactorNotice>
    }

    private func openDatabase() async throws -> Database {
        do {
            return try await Database.open(
                location, migrations: Schema.migrations, logger: logger, observer: metrics.observer)
        } catch let refusal as CopyRefusal {
            throw CommandFailure(refusal)
        } catch let failure as DatabaseFailure {
            throw CommandFailure(
                .refused, code: "database", "\(location) cannot be used. \(failure)",
                next: configuration.databaseURL == nil
                    ? "Check that the directory is yours, has room, and was made by no newer latchkey."
                    : "Check that PostgreSQL runs there and lets this user in: psql with the same URL.")
        }
    }

    private func provider(
        issuer: Issuer, database: Database, keys: PurposeKeys, plans: PlanCatalog, letters: Letters
    ) async throws -> IdentityProvider {
        var surroundings = IdentityProvider.Surroundings(
            issuer: issuer.description, database: database, keys: keys, logger: logger,
            signUp: configuration.signUp == .open ? .open : .closed, composeMagicLink: letters.magicLink.compose,
            composeInvitation: letters.invitation.compose, composeAPITokenLetter: letters.apiTokens.compose,
            composeFactorNotice: letters.factorNotice.compose)
        surroundings.composeWebhook = letters.webhook.compose
        surroundings.webhooksMayLoop = configuration.isDevelopment
        surroundings.metrics = metrics.registry
        surroundings.signingKeySchedule = configuration.signingKeySchedule
        surroundings.plans = plans
        if configuration.isDevelopment, configuration.signUp == .open {
            surroundings.signUp = .joining(
                try await Bootstrap.demoOrganization(database, random: .system, at: .now))
        }
        let provider = try await IdentityProvider.open(surroundings, at: .now)
        let bootstrap = Bootstrap(provider)
        try await bootstrap.registerCommandLine(stepUp: configuration.terminalStepUp, at: .now)
        if configuration.isDevelopment { try await bootstrap.declareExampleResourceServers(at: .now) }
        try await bootstrap.declare(configuration.resourceServers ?? [], at: .now)
        return provider
    }

    private func certificateReloader() throws(CommandFailure) -> CertificateReloader? {
        guard let files = configuration.edge.tls else { return nil }
        do throws(TLSRefusal) {
            return try CertificateReloader(files, logger: logger, at: .now)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func serve(
        _ provider: IdentityProvider, _ certificates: CertificateReloader?, issuer: Issuer, port: Int
    ) async throws {
        let post = MailService(queue: provider.mail, route: mailRoute(issuer: issuer), logger: logger)
        var settings = IdentityEndpoints.Settings(
            issuer: issuer.description, mailbox: post.route.mailbox, limitsRates: configuration.limitsRates,
            trustedProxies: configuration.edge.trustedProxies, mailIsWaiting: post.wake)
        settings.sendsMail = post.route.leads
        settings.metrics = metrics.settings(token: configuration.operation.metricsToken)
        settings.drain = drain
        settings.drawQRCode = { QRCode($0)?.modules }
        let banner = Banner(
            issuer: issuer.description, setupToken: try await setupToken(provider),
            isDevelopment: configuration.isDevelopment, location: location.description,
            keysDirectory: configuration.keysDirectory)
        let listener = Listener()
        let files = ProcessLimits.raiseOpenFiles(to: 2 * ConnectionLimits.most)
        let connections = Connections(limits: ConnectionLimits(openFiles: files), logger: logger)
        var application = Application(
            responder: try IdentityEndpoints(provider, settings).responder(),
            server: try .listener(certificates?.certificate, watching: connections),
            configuration: .init(
                address: .hostname(configuration.hostname, port: port), serverName: nil, backlog: 4_096,
                availableConnectionsDelegate: .maximum(connections.limits.accepted, logger: logger)),
            onServerRunning: { [configuration, logger, listener] channel in
                listener.opened(channel)
                configuration.logFormat == .json ? banner.log(to: logger) : banner.print()
            }, logger: logger)
        application.addServices(
            post, ConnectionSweeper(connections: connections), SigningKeyRotation(provider, logger: logger),
            StorageProbe(storage: provider.storage, logger: logger), AuditSealer(audit: provider.audit, logger: logger),
            WebhookService(
                queue: provider.webhookQueue, transport: HTTPWebhooks(allowsLoopback: configuration.isDevelopment),
                logger: logger),
            APITokenUseWriter(apiTokens: provider.apiTokens, logger: logger),
            APITokenNoticeSender(notices: provider.apiTokenNotices, logger: logger),
            ExpirySweeper(sweep: provider.sweep, logger: logger),
            MetricsSampler(gauges: provider.gauges, logger: logger))
        if let certificates { application.addServices(certificates) }
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: application)], logger: logger))
        try await ServerRun(
            services: services, listener: listener, drain: drain, delay: configuration.operation.drainDelay,
            logger: logger
        ).run()
    }

    /// For the first owner. In development mode whoever signs in first is that.
    private func setupToken(_ provider: IdentityProvider) async throws -> String? {
        configuration.isDevelopment ? nil : try await provider.setup.issue(at: .now)?.text
    }

    private func mailRoute(issuer: Issuer) -> MailRoute {
        if let mail = configuration.mail { return .server(SMTPMail(mail, issuer: issuer)) }
        guard configuration.isDevelopment else {
            logger.warning("No mail can leave, so nobody can sign in by mail: set smtp_url and mail_from")
            return .nowhere
        }
        return .mailbox(
            DevelopmentMailbox { [configuration] message in
                // With JSON logs every line is an object; the mail is at /dev/mailbox.
                if configuration.logFormat == .json { return }
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
    private func failure(_ error: any Error, port: Int) -> any Error {
        switch error {
        case let error as UnreadableSigningKey: CommandFailure(error)
        case let error as IOError: CommandFailure.listening(error.errnoCode, configuration.hostname, port) ?? error
        default: error
        }
    }
}
