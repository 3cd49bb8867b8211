import Database
import Glibc
import Hummingbird
import HummingbirdTesting
import Identity
import JOSE
import Logging
import Prometheus
import TestDatabases
import Testing

@testable import IdentityHTTP

/// The databases that the whole suite runs on: one a run, named by `LATCHKEY_TEST_ENGINE`, SQLite when it is not set.
enum TestEngine: String, Sendable {
    case sqlite
    case postgresql

    static var current: TestEngine {
        get throws {
            guard let name = getenv("LATCHKEY_TEST_ENGINE") else { return .sqlite }
            return try #require(TestEngine(rawValue: String(cString: name)), "there is no such engine")
        }
    }

    func location(in directory: TestDirectory) throws -> DatabaseLocation {
        switch self {
        case .sqlite: .sqlite(path: directory.path + "/latchkey.db")
        case .postgresql: .postgresql(connection: try directory.schema.location, connections: 8)
        }
    }
}

/// A deployment under test: what stays when its server is stopped and started again.
///
/// Its database is real, its requests pass the real router, and its clock stands still but for a millisecond a look.
struct TestSite: Sendable {
    let directory: TestDirectory
    let engine: TestEngine
    let master: [UInt8]
    let clock = TestClock()
    let log = TestLog()
    let drain = Drain()

    init() throws {
        directory = try TestDirectory()
        engine = try .current
        master = RandomSource.system.bytes(MasterKey.byteCount)
    }

    /// How the server is started.
    struct Options: Sendable {
        var issuer = "https://id.example.com"
        var signUp = SignUpPolicy.open
        var limitsRates = true
        var isDevelopment = false
        /// What a reader of the metrics must show.
        var metricsToken: Secret?
        var trustedProxies = TrustedProxies.none
        var sendsMail = true
        var plans = PlanCatalog.standard
        /// Through a socket, where the socket matters.
        var transport = TestingSetup.router
    }

    /// Starts a server over the site's database, and stops it afterwards. Two at once are two nodes.
    func run(
        _ options: Options = Options(), _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        try await result(options, body)
    }

    /// The same, with something to keep.
    func result<Value: Sendable>(
        _ options: Options = Options(), _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let database = try await Database.open(
            try engine.location(in: directory), migrations: Schema.migrations, logger: log.logger)
        do {
            let value = try await serve(options, over: database, body)
            try await database.close()
            return value
        } catch {
            try? await database.close()
            throw error
        }
    }

    private func serve<Value: Sendable>(
        _ options: Options, over database: Database, _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let key = try #require(MasterKey(Secret(master)))
        let mail = try Mail<MagicLinkLetter>(issuer: options.issuer)
        let registry = Registry()
        var surroundings = IdentityProvider.Surroundings(
            issuer: options.issuer, database: database, keys: PurposeKeys(master: key), logger: log.logger,
            signUp: options.signUp, composeMagicLink: mail.compose,
            composeInvitation: try Mail<InvitationLetter>(issuer: options.issuer).compose,
            composeAPITokenLetter: try Mail<APITokenLetter>(issuer: options.issuer).compose,
            composeFactorNotice: try Mail<FactorNotice>(issuer: options.issuer).compose)
        surroundings.metrics = registry
        surroundings.plans = options.plans
        let provider = try await IdentityProvider.open(surroundings, at: clock.now())
        let bootstrap = Bootstrap(provider)
        try await bootstrap.registerCommandLine(at: clock.now())
        try await bootstrap.declareExampleResourceServers(at: clock.now())
        var settings = IdentityEndpoints.Settings(
            issuer: options.issuer, mailbox: options.isDevelopment ? DevelopmentMailbox { _ in } : nil,
            limitsRates: options.limitsRates, trustedProxies: options.trustedProxies)
        settings.sendsMail = options.sendsMail
        settings.metrics.factory = registry
        settings.metrics.text = { registry.text() }
        settings.metrics.token = options.metricsToken
        settings.drain = drain
        let endpoints = try IdentityEndpoints(provider, settings, clock: { [clock] in clock.now() })
        let application = Application(responder: endpoints.responder(), logger: log.logger)
        return try await application.test(options.transport) { client in
            try await body(
                TestServer(
                    site: self, issuer: options.issuer, provider: provider, database: database, endpoints: endpoints,
                    metrics: registry,
                    client: client))
        }
    }
}

/// A fresh site with one server, for the test that needs no more.
func withServer(
    _ options: TestSite.Options = TestSite.Options(), _ body: @escaping @Sendable (TestServer) async throws -> Void
) async throws {
    try await TestSite().run(options, body)
}
