import GRDB
import HTTPTypes
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("CrewKeel (seed 000): routes, scopes and limits")
struct CrewKeelRouteTests {
    static let table = [
        DocumentedRoute(.get, "/me"),
        DocumentedRoute(.get, "/scopes"),
        DocumentedRoute(.get, "/jobs", "jobs:read"),
        DocumentedRoute(.get, "/jobs/{ref}", "jobs:read"),
        DocumentedRoute(.post, "/jobs", "jobs:write"),
        DocumentedRoute(.patch, "/jobs/{ref}", "jobs:write"),
        DocumentedRoute(.get, "/estimates", "documents:read"),
        DocumentedRoute(.get, "/estimates/{id}", "documents:read"),
        DocumentedRoute(.get, "/estimates/{id}/pdf", "documents:read"),
        DocumentedRoute(.post, "/estimates", "documents:write"),
        DocumentedRoute(.get, "/invoices", "documents:read"),
        DocumentedRoute(.get, "/invoices/{id}", "documents:read"),
        DocumentedRoute(.get, "/invoices/{id}/pdf", "documents:read"),
        DocumentedRoute(.post, "/invoices", "documents:write"),
        DocumentedRoute(.get, "/customers", "customers:read"),
        DocumentedRoute(.post, "/customers", "customers:write"),
    ]

    private let issuer: TestIssuer

    init() throws { issuer = try TestIssuer(audience: CrewKeel.audience) }

    @Test("seed 000: the routes are those of the document, and where a PDF is fetched")
    func routes() async throws {
        try await RouteTable.check(CrewKeel.self, has: Self.table)
        try RouteTable.checkDocument(CrewKeel.self, Self.table)
    }

    @Test(
        "seed 000: every route refuses who has no token, a forged one, or one without its scope, in the words of the document"
    )
    func scopes() async throws {
        try await RouteTable.checkScopes(CrewKeel.self, Self.table) { $0.json("error", "message")?.string }
    }

    @Test("seed 000: a missing scope is 403 with exactly the body of the document")
    func shape() async throws {
        let token = try issuer.token(["jobs:read"])
        try await withAPI(CrewKeel.self, issuer) { client in
            let answer = try await client.post("/jobs", token, #"{"title":"Roof"}"#)
            #expect(answer.status == 403)
            #expect(
                answer.text
                    == #"{"error":{"code":"forbidden_scope","message":"This token is missing the required scope: jobs:write."}}"#
            )
            #expect(answer["Content-Type"] == "application/json")
            #expect(try await client.database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM job") } == 0)
            let unknown = try await client.get("/nothing", token)
            #expect(unknown.status == 404 && unknown.code == "not_found")
        }
    }

    @Test("seed 000: /me tells the contractor and the granted scopes, /scopes the whole catalog besides")
    func identity() async throws {
        let token = try issuer.token(["customers:read", "jobs:read", "other:read"])
        try await withAPI(CrewKeel.self, issuer) { client in
            let me = try await client.get("/me", token)
            #expect(me.text == #"{"contractor":{"id":"org_a"},"scopes":["jobs:read","customers:read"]}"#)
            let scopes = try await client.get("/scopes", token)
            #expect(scopes.json("granted")?.strings == ["jobs:read", "customers:read"])
            #expect(
                scopes.json("catalog")?.array?.compactMap { $0.object?["scope"]?.string } == [
                    "jobs:read", "jobs:write", "documents:read", "documents:write", "documents:send",
                    "customers:read", "customers:write",
                ])
            #expect(scopes.json("catalog", "1", "description")?.string == "Create jobs and update job status.")
        }
    }

    @Test("seed 000: the hundred-and-first request of a minute is 429 rate_limited; another token is not affected")
    func limit() async throws {
        let token = try issuer.token(["jobs:read"])
        let other = try issuer.token(["jobs:read"], login: "grt_other")
        try await withAPI(CrewKeel.self, issuer) { client in
            for _ in 1...100 { #expect(try await client.get("/jobs", token).status == 200) }
            let refused = try await client.get("/jobs", token)
            #expect(refused.status == 429 && refused.code == "rate_limited")
            #expect(refused["Retry-After"] == "1")
            #expect(try await client.get("/jobs", other).status == 200)
            client.clock.advance(by: .seconds(60))
            #expect(try await client.get("/jobs", token).status == 200)
        }
    }

    @Test("seed 000: a page is bounded, and bounds that do not hold are 400")
    func paging() async throws {
        let token = try issuer.token(CrewKeel.scopes.map(\.scope))
        try await withAPI(CrewKeel.self, issuer) { client in
            for path in ["/jobs", "/estimates", "/invoices", "/customers"] {
                for query in ["page=0", "page=-1", "limit=0", "limit=201", "limit=x", "page=1&page=2", "limit=1e3"] {
                    let answer = try await client.get("\(path)?\(query)", token)
                    #expect(answer.status == 400 && answer.code == "invalid_request", "\(path)?\(query)")
                }
                #expect(try await client.get("\(path)?page=1000000&limit=200", token).status == 200)
                client.clock.advance(by: .seconds(60))
            }
        }
    }
}
