import GRDB
import Hummingbird
import LatchkeyHummingbird

/// CraftDesk: the projects of a workspace, their tasks, and the team.
///
/// Answers are data by itself, lists arrays; errors are `{"error":{"code","message"}}`. A key may be confined to some
/// projects. Calls are counted for each key, and bounded for the workspace in each billing period.
struct CraftDesk: ExampleAPI {
    static let name = "craftdesk"
    static let title = "CraftDesk"
    static let audience = "https://api.craftdesk.example"
    static let basePath = "/v1"
    static let kinds = ["projects"]
    static let scopes = [
        ScopeOfAPI("projects:read", "Read projects."),
        ScopeOfAPI("projects:write", "Create and update projects."),
        ScopeOfAPI("project_tasks:read", "Read the tasks of projects."),
        ScopeOfAPI("project_tasks:write", "Create and update the tasks of projects."),
        ScopeOfAPI("team:read", "Read who is in the team."),
    ]

    let database: DatabaseQueue
    /// Says in which billing period a call falls.
    let clock: @Sendable () -> Instant

    init(_ database: DatabaseQueue) throws {
        try self.init(database) { .now }
    }

    init(_ database: DatabaseQueue, clock: @escaping @Sendable () -> Instant) throws {
        (self.database, self.clock) = (database, clock)
        try Self.schema.migrate(beside: database)
    }

    func routes(
        on router: Router<BasicBearerRequestContext>,
        behind authentication: BearerAuthentication<BasicBearerRequestContext>
    ) {
        let usage = UsageLedger(database: database)
        router.add(middleware: APIAnswers())
        let api = router.group(RouterPath(Self.basePath))
            .add(middleware: authentication)
            .add(middleware: RateLimiting { $0.planLimit ?? RateLimit(100, per: .seconds(60)) })
            .add(middleware: KnownConfinement(of: Self.self))
        // Before the quota: who has used it up can still see that.
        Usage(ledger: usage, clock: clock).routes(on: api)
        api.add(middleware: CallQuota())
            .add(middleware: UsageCounting(ledger: usage, clock: clock))
            .add(middleware: Idempotency())
        Projects(database: database).routes(on: api)
        ProjectTasks(database: database).routes(on: api)
        Team(database: database).routes(on: api)
    }
}
