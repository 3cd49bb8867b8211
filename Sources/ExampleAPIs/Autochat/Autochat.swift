import GRDB
import Hummingbird
import LatchkeyHummingbird

/// autoch.at: the clients of a small business, what is offered and billed to them, and who is told of it.
///
/// `{"data"}`, `{"error":{"message","code"}}` with codes in capitals, 100 requests a minute for each key, and no status but
/// those of its document.
struct Autochat: ExampleAPI {
    static let name = "autochat"
    static let title = "autoch.at"
    static let audience = "https://api.autochat.example"
    static let basePath = "/functions/v1/crm-api/v1"
    static let kinds = ["projects"]
    static let scopes = [
        ScopeOfAPI("clients:read", "Read clients."),
        ScopeOfAPI("clients:write", "Create and update clients."),
        ScopeOfAPI("invoices:read", "Read invoices."),
        ScopeOfAPI("invoices:write", "Create and update invoices."),
        ScopeOfAPI("quotes:read", "Read quotes."),
        ScopeOfAPI("quotes:write", "Create and update quotes."),
        ScopeOfAPI("payments:read", "Read payments."),
        ScopeOfAPI("payments:write", "Create and update payments."),
        ScopeOfAPI("products:read", "Read products and services."),
        ScopeOfAPI("products:write", "Create and update products and services."),
        ScopeOfAPI("projects:read", "Read projects."),
        ScopeOfAPI("projects:write", "Create and update projects."),
        ScopeOfAPI("webhooks:read", "Read webhooks."),
        ScopeOfAPI("webhooks:write", "Create and update webhooks."),
        ScopeOfAPI("marketing:write", "Run marketing operations."),
    ]

    let database: DatabaseQueue
    let courier: WebhookCourier

    init(_ database: DatabaseQueue) throws {
        try self.init(database, localWebhooks: false)
    }

    init(_ database: DatabaseQueue, localWebhooks: Bool) throws {
        self.database = database
        courier = WebhookCourier(reach: localWebhooks ? .everywhere : .publicInternet)
        try Self.schema.migrate(beside: database)
    }

    func routes(
        on router: Router<BasicBearerRequestContext>,
        behind authentication: BearerAuthentication<BasicBearerRequestContext>
    ) {
        router.add(middleware: APIAnswers(DataEnvelope()))
        let api = router.group(RouterPath(Self.basePath))
            .add(middleware: DocumentedStatuses())
            .add(middleware: authentication)
            .add(middleware: RateLimiting(RateLimit(100, per: .seconds(60))))
            // Once more: what is refused from here on leaves with the headers of the limit.
            .add(middleware: DocumentedStatuses())
            .add(middleware: KnownConfinement(of: Self.self))
            .add(middleware: Idempotency(AnswerTable(database)))
        let news = News(database: database, courier: courier)
        Clients(database: database, news: news).routes(on: api)
        Invoices(database: database, news: news).routes(on: api)
        Quotes(database: database, news: news).routes(on: api)
        Payments(database: database, news: news).routes(on: api)
        Products(database: database).routes(on: api)
        ClientProjects(database: database).routes(on: api)
        Campaigns(database: database).routes(on: api)
        Webhooks(database: database, courier: courier).routes(on: api)
    }
}
