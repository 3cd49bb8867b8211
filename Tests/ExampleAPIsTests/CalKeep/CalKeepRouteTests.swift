import Foundation
import GRDB
import HTTPTypes
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("CalKeep (seed 001): routes, scopes, envelope and limits")
struct CalKeepRouteTests {
    static let table = [
        DocumentedRoute(.get, "/workspace", "workspace:read"),
        DocumentedRoute(.get, "/contacts", "contacts:read"),
        DocumentedRoute(.get, "/contacts/{id}", "contacts:read"),
        DocumentedRoute(.post, "/contacts", "contacts:write"),
        DocumentedRoute(.patch, "/contacts/{id}", "contacts:write"),
        DocumentedRoute(.get, "/bookings", "bookings:read"),
        DocumentedRoute(.get, "/bookings/{id}", "bookings:read"),
        DocumentedRoute(.get, "/tasks", "tasks:read"),
        DocumentedRoute(.get, "/tasks/{id}", "tasks:read"),
        DocumentedRoute(.post, "/tasks", "tasks:write"),
        DocumentedRoute(.patch, "/tasks/{id}", "tasks:write"),
        DocumentedRoute(.get, "/reminders", "reminders:read"),
        DocumentedRoute(.post, "/reminders", "reminders:write"),
        DocumentedRoute(.get, "/calendar-health", "calendar_health:read"),
    ]

    private let issuer: TestIssuer
    private let token: String

    init() throws {
        issuer = try TestIssuer(audience: CalKeep.audience)
        token = try issuer.token(CalKeep.scopes.map(\.scope))
    }

    @Test("seed 001: the routes are those of the document, with those it has planned")
    func routes() async throws {
        try await RouteTable.check(CalKeep.self, has: Self.table)
        try RouteTable.checkDocument(CalKeep.self, Self.table)
    }

    @Test("seed 001: every route refuses who has no token, a forged one, or one without its scope")
    func scopes() async throws {
        try await RouteTable.checkScopes(CalKeep.self, Self.table) { reply in
            guard reply.json("success") == .bool(false), reply.code == "forbidden_scope" else { return nil }
            return reply.json("error", "message")?.string
        }
    }

    @Test("seed 001: data is in the envelope of the document, under the name of the resource, with its page")
    func envelope() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            for (path, name) in [
                ("contacts", "contacts"), ("bookings", "bookings"), ("tasks", "tasks"), ("reminders", "reminders"),
                ("calendar-health", "calendarAccounts"),
            ] {
                let answer = try await client.get("/\(path)?page=2&limit=10", token, [("X-Request-Id", "mine-1")])
                #expect(answer.json()?.object?.members.map(\.name) == ["success", "data", "meta"])
                #expect(answer.json("success") == .bool(true))
                #expect(answer.json("data")?.object?.members.map(\.name).sorted() == [name, "pagination"].sorted())
                #expect(answer.json("data", name) == .array([]))
                #expect(
                    answer.json("data", "pagination")
                        == .object(["limit": .integer(10), "page": .integer(2), "total": .integer(0)]))
                #expect(answer.json("meta") == .object(["apiVersion": .string("v1"), "requestId": .string("mine-1")]))
                #expect(answer["X-CalKeep-Request-Id"] == "mine-1" && answer["X-Request-Id"] == "mine-1")
            }
            let plain = try await client.get("/contacts", token)
            #expect(plain.json("data", "pagination", "limit")?.integer == 50)
            let requestID = try #require(plain["X-CalKeep-Request-Id"])
            #expect(requestID.hasPrefix("req_") && plain.json("meta", "requestId")?.string == requestID)
        }
    }

    @Test("seed 001: an error has success false, a code, a message and the name of the request, in body and header")
    func errors() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            for (bearer, path, code) in [
                ("lk", "/contacts", "invalid_token"), (token, "/contacts/con_x", "not_found"),
                (token, "/contacts?limit=0", "invalid_request"),
            ] {
                let answer = try await client.get(path, bearer)
                let id = try #require(answer["X-CalKeep-Request-Id"])
                let message = try #require(answer.json("error", "message")?.string)
                #expect(
                    answer.text == """
                        {"success":false,"error":{"code":"\(code)","message":"\(message)","requestId":"\(id)"}}
                        """)
            }
            // Outside of all routes too.
            #expect(try await client.get("/nothing", token).json("success") == .bool(false))
            // A name that could break out of a header or a log is not taken over.
            let own = try await client.get("/contacts", token, [("X-Request-Id", "a\"b")])
            #expect(own["X-CalKeep-Request-Id"]?.hasPrefix("req_") == true)
        }
    }

    @Test("seed 001: a page has 50 unless asked otherwise and 200 at most; bounds that do not hold are 400")
    func paging() async throws {
        try await withAPI(CalKeep.self, issuer) { [token] client in
            for path in ["contacts", "bookings", "tasks", "reminders", "calendar-health"] {
                for query in [
                    "page=0", "limit=0", "limit=201", "limit=ten", "page=1&page=1", "page=99999999999999999999",
                ] {
                    let answer = try await client.get("/\(path)?\(query)", token)
                    #expect(answer.status == 400 && answer.code == "invalid_request", "\(path)?\(query)")
                }
                #expect(try await client.get("/\(path)?limit=200", token).status == 200)
                client.clock.advance(by: .seconds(60))
            }
        }
    }

    @Test("seed 001: the limit of an API token is its plan's: higher on Enterprise", arguments: [100, 1_000])
    func planLimits(plan: Int) async throws {
        let introspected: JSONObject = [
            "scope": .string("contacts:read workspace:read"),
            "limits": .object(["requests_per_minute": .integer(Int64(plan)), "exhausted": .bool(false)]),
        ]
        try await withAPI(CalKeep.self, issuer, introspected: introspected) { client in
            let workspace = try await client.get("/workspace", TestIssuer.apiToken)
            #expect(workspace.json("data", "limits", "requestsPerMinute")?.integer == Int64(plan))
            #expect(workspace["X-RateLimit-Limit"] == String(plan))
            for _ in 2...plan { _ = try await client.get("/contacts", TestIssuer.apiToken) }
            let refused = try await client.get("/contacts", TestIssuer.apiToken)
            #expect(refused.status == 429 && refused.code == "rate_limited")
            #expect(refused["Retry-After"].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
        }
    }

    @Test("seed 001: a quota that is used up is 429 as well, but quota_exceeded, and not over in a minute")
    func quota() async throws {
        let introspected: JSONObject = [
            "scope": .string("contacts:read"),
            "limits": .object([
                "requests_per_minute": .integer(100), "exhausted": .bool(true),
                "period_ends_at": .string("2199-01-01T00:00:00Z"),
            ]),
        ]
        try await withAPI(CalKeep.self, issuer, introspected: introspected) { client in
            let refused = try await client.get("/contacts", TestIssuer.apiToken)
            #expect(refused.status == 429 && refused.code == "quota_exceeded")
            #expect(refused["Retry-After"] == String(366 * 86_400))
        }
    }

    @Test("seed 001: a quota whose end nobody told, or told wrongly, is refused all the same")
    func quotaWithoutEnd() {
        for end in [nil, "", "soon", "2026-13-01T00:00:00Z"] {
            let refusal = CallQuota<BasicContext>.refusal(until: end, at: .now)
            #expect(refusal.code == "quota_exceeded" && refusal.headers[.retryAfter] == nil)
        }
        #expect(CallQuota<BasicContext>.refusal(until: "2001-01-01T00:00:00Z", at: .now).headers[.retryAfter] == "1")
    }
}
