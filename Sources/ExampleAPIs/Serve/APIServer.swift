import GRDB
import Hummingbird
import HummingbirdCore
import LatchkeyHummingbird
import Logging
import NIOCore
import ServiceLifecycle

/// One API, put together: its issuer, its verifier, its router and its port.
struct APIServer {
    let issuer: LatchkeyIssuer
    let hostname: String
    let port: Int
    /// Whether webhooks may lead to this machine and its network.
    let localWebhooks: Bool

    /// The server, and beside it what follows the revocations.
    func services<API: ExampleAPI>(for type: API.Type, _ database: DatabaseQueue) throws -> [any Service] {
        let verifier = issuer.verifier(audience: API.audience)
        let resource = try ProtectedResource(
            API.audience, issuer: issuer.url, scopes: API.scopes.map(\.scope), name: API.title)
        let api = try API(database, localWebhooks: localWebhooks)
        let router = Self.router(api, resource, BearerAuthentication(verifier, resource: resource))
        var logger = Logger(label: "latchkey.examples.\(API.name)")
        logger.logLevel = .warning
        let server = Application(
            router: router,
            server: Self.listener,
            configuration: ApplicationConfiguration(address: .hostname(hostname, port: port), serverName: nil),
            onServerRunning: { [hostname] channel in
                let port = channel.localAddress?.port ?? 0
                Console.say("\(API.name) listens on http://\(hostname):\(port)\(API.basePath)")
            },
            logger: logger)
        return [RevocationFeed(verifier), Listening(name: API.name, address: "\(hostname):\(port)", server: server)]
    }

    /// HTTP/1.1. No proxy stands before these APIs that would keep offers of HTTP/2 from them.
    static var listener: HTTPServerBuilder {
        .http1(configuration: .init(additionalChannelHandlers: [UnwantedUpgrade()]))
    }

    /// Metadata first: it is for everyone, and what stands before the routes of an API does not stand before it.
    static func router(
        _ api: some ExampleAPI, _ resource: ProtectedResource,
        _ authentication: BearerAuthentication<BasicBearerRequestContext>
    ) -> Router<BasicBearerRequestContext> {
        let router = routes(api, resource, authentication)
        router.refuseOtherMethods { api.refusal(allowing: $0) }
        return router
    }

    /// The routes as they are documented, and `HEAD` for each `GET`.
    static func routes(
        _ api: some ExampleAPI, _ resource: ProtectedResource,
        _ authentication: BearerAuthentication<BasicBearerRequestContext>
    ) -> Router<BasicBearerRequestContext> {
        let router = Router(context: BasicBearerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.protectedResource(resource)
        api.routes(on: router, behind: authentication)
        return router
    }
}
