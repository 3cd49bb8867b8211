import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// CalKeep: contacts, bookings, tasks and reminders of a workspace.
///
/// Answers are `{"success","data","meta"}`. A workspace is an organization of Latchkey.
struct CalKeep: ExampleAPI {
    static let name = "calkeep"
    static let title = "CalKeep"
    static let audience = "https://api.calkeep.example"
    static let basePath = "/api/v1"
    static let scopes = [
        ScopeOfAPI("workspace:read", "Read workspace metadata."),
        ScopeOfAPI("contacts:read", "List and read contacts."),
        ScopeOfAPI("contacts:write", "Create and patch contacts."),
        ScopeOfAPI("bookings:read", "List and read bookings."),
        ScopeOfAPI("tasks:read", "List and read tasks."),
        ScopeOfAPI("tasks:write", "Create and update tasks."),
        ScopeOfAPI("reminders:read", "List reminders."),
        ScopeOfAPI("reminders:write", "Create reminders."),
        ScopeOfAPI("calendar_health:read", "Read connected-account sync health."),
    ]

    /// The limit of those that no plan is told of: logins.
    static let standardLimit = RateLimit(100, per: .seconds(60))

    let store: Store

    init(_ database: DatabaseQueue) throws {
        store = Store(database: database)
        try Self.tables.migrate(beside: database)
    }

    func routes(
        on router: Router<BasicBearerRequestContext>,
        behind authentication: BearerAuthentication<BasicBearerRequestContext>
    ) {
        router.add(
            middleware: APIAnswers(
                SuccessEnvelope(apiVersion: "v1"), requestIDs: [.xCalKeepRequestID, .xRequestID]))
        let api = router.group(RouterPath(Self.basePath))
            .add(middleware: authentication)
            .add(middleware: WorkspaceDoor())
            .add(middleware: RateLimiting { $0.planLimit ?? Self.standardLimit })
            .add(middleware: KnownConfinement(of: Self.self))
            .add(middleware: CallQuota())
            .add(middleware: Idempotency())
        Workspaces(store: store).routes(on: api)
        Contacts(store: store).routes(on: api)
        Bookings(store: store).routes(on: api)
        Tasks(store: store).routes(on: api)
        Reminders(store: store).routes(on: api)
        CalendarHealth(store: store).routes(on: api)
    }
}

extension HTTPField.Name {
    /// Where the name of the request is answered, beside `X-Request-Id`.
    static let xCalKeepRequestID = named("X-CalKeep-Request-Id")
    /// Where a caller may say which workspace is meant.
    static let xCalKeepWorkspace = named("X-CalKeep-Workspace")

    private static func named(_ text: StaticString) -> HTTPField.Name {
        guard let name = HTTPField.Name("\(text)") else { preconditionFailure("\(text) is no header name") }
        return name
    }
}
