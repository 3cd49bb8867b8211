import GRDB
import Hummingbird
import LatchkeyHummingbird

/// CalKeep: contacts, bookings, tasks and reminders of a workspace.
///
/// `{"success","data","meta"}`; limits by plan.
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

    let database: DatabaseQueue

    init(_ database: DatabaseQueue) throws {
        self.database = database
    }

    func routes(
        on router: Router<BasicBearerRequestContext>,
        behind authentication: BearerAuthentication<BasicBearerRequestContext>
    ) {
        router.add(middleware: APIAnswers(SuccessEnvelope(apiVersion: "v1")))
    }

    func seed(tenant: String) throws {}
}
