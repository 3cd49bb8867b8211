import GRDB
import Hummingbird
import LatchkeyHummingbird

/// One of the APIs: what is the same of all of them, so that one command runs each on a port of its own.
protocol ExampleAPI: Sendable {
    /// For files and options: `crewkeel`. Its database is `crewkeel.sqlite`.
    static var name: String { get }
    /// For people: `CrewKeel`.
    static var title: String { get }
    /// The `aud` of its tokens. A Latchkey in development mode declares it with the scopes below.
    static var audience: String { get }
    /// Each with what it permits, in the words of the API's document.
    static var scopes: [ScopeOfAPI] { get }
    /// What all its routes begin with: `/api/v1`.
    static var basePath: String { get }

    /// The API over its database, whose tables it makes.
    init(_ database: DatabaseQueue) throws

    /// The same, as `serve` runs it.
    ///
    /// - Parameter localWebhooks: whether webhooks may lead to this machine and its network: for development.
    init(_ database: DatabaseQueue, localWebhooks: Bool) throws

    /// What its tokens can be confined to: `projects`. A token that is confined to other kinds of things alone is refused.
    static var kinds: [String] { get }

    /// Adds everything there is before its routes, and the routes.
    func routes(
        on router: Router<BasicBearerRequestContext>,
        behind authentication: BearerAuthentication<BasicBearerRequestContext>
    )

    /// What a method is answered that a path does not take.
    ///
    /// - Parameter methods: those that it takes, as `Allow` has them.
    func refusal(allowing methods: String) -> APIRefusal

    /// Something to look at for an organization; nothing where it has some already.
    func seed(tenant: String) throws
}

extension ExampleAPI {
    /// Most cannot confine a token.
    static var kinds: [String] { [] }

    /// Most have no webhooks.
    init(_ database: DatabaseQueue, localWebhooks: Bool) throws {
        try self.init(database)
    }
}

/// A scope, and what it permits.
struct ScopeOfAPI: Encodable, Hashable {
    let scope: String
    let description: String

    init(_ scope: String, _ description: String) {
        self.scope = scope
        self.description = description
    }
}

/// All of them, in the order of their ports.
enum Examples {
    static let all: [any ExampleAPI.Type] = [CrewKeel.self, CalKeep.self, Autochat.self, CraftDesk.self]
}

/// What handlers of scoped routes are given.
typealias APIContext = VerifiedContext<BasicBearerRequestContext>
/// The group of routes behind an API's middlewares.
typealias APIRoutes = RouterGroup<BasicBearerRequestContext>
