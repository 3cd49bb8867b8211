import GRDB
import Hummingbird
import LatchkeyHummingbird

/// CrewKeel: jobs of contractors, with estimates, invoices and customers.
///
/// Answers are data by itself, errors `{"error":{"code","message"}}`. Each token has 100 requests a minute.
struct CrewKeel: ExampleAPI {
    static let name = "crewkeel"
    static let title = "CrewKeel"
    static let audience = "https://api.crewkeel.example"
    static let basePath = "/api/v1"
    static let scopes = [
        ScopeOfAPI("jobs:read", "List and read jobs."),
        ScopeOfAPI("jobs:write", "Create jobs and update job status."),
        ScopeOfAPI("documents:read", "List and read estimates and invoices."),
        ScopeOfAPI("documents:write", "Create estimates and invoices."),
        ScopeOfAPI("documents:send", "Issue and send estimates and invoices as PDFs."),
        ScopeOfAPI("customers:read", "List customers."),
        ScopeOfAPI("customers:write", "Create customers."),
    ]

    let database: DatabaseQueue

    init(_ database: DatabaseQueue) throws {
        self.database = database
        try Self.tables.migrate(beside: database)
    }

    func routes(
        on router: Router<BasicBearerRequestContext>,
        behind authentication: BearerAuthentication<BasicBearerRequestContext>
    ) {
        router.add(middleware: APIAnswers())
        let api = router.group(RouterPath(Self.basePath))
            .add(middleware: authentication)
            .add(middleware: RateLimiting(RateLimit(100, per: .seconds(60))))
            .add(middleware: KnownConfinement(of: Self.self))
            .add(middleware: Idempotency())
        TokenInformation().routes(on: api)
        Jobs(database: database).routes(on: api)
        Documents(kind: .estimate, database: database).routes(on: api)
        Documents(kind: .invoice, database: database).routes(on: api)
        Customers(database: database).routes(on: api)
    }
}
