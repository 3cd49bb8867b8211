import Database
import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

/// What CalKeep's integrators were promised of tokens (seed 001), sentence by sentence.
///
/// "Admin role + recent MFA required" is in `APITokensAPITests.stepUp`, `.otherLogin` and `.refusals`; "shown once, stores
/// only a hash plus a display prefix" in `.life` and in `SecretsInLogsTests`; "a token issued in workspace A cannot read
/// or write data in workspace B" in `TenancyTests`; rotation with an overlap in `APITokensAPITests.rotation`.
@Suite("CalKeep (seed 001)")
struct CalKeepTests {
    private let reading = #"{"label":"RevOps Zapier integration","access":"custom","scopes":["contacts:read"]}"#

    @Test("scoped tokens are issued on Business and Enterprise", arguments: Organization.Plan.allCases)
    func plan(plan: Organization.Plan) async throws {
        try await withServer { server in
            let answer = try await server.mint(reading, by: try await server.admin(on: plan)).answer
            #expect(answer.status == ([.business, .enterprise].contains(plan) ? .created : .forbidden))
        }
    }

    @Test("no expiration means the token lives until revoked; with one it ends then")
    func expiration() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let standing = try await server.mint(by: ada).secret
            let short = try await server.mint(#"{"label":"x","access":"full","expires_in":3600}"#, by: ada).secret
            server.site.clock.advance(by: .seconds(3_590))
            #expect(try await server.get("/api/v1/me", headers: .bearer(short)).status == .ok)
            server.site.clock.advance(by: .seconds(10))
            let over = try await server.get("/api/v1/me", headers: .bearer(short))
            #expect(over.status == .unauthorized && over.error == "invalid_token")
            server.site.clock.advance(by: .seconds(20 * 365 * 86_400))
            #expect(try await server.get("/api/v1/me", headers: .bearer(standing)).status == .ok)
        }
    }

    @Test("scope checks happen at request time: a contacts:read token cannot POST /contacts")
    func scopes() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let secret = try await server.mint(reading, by: try await server.admin()).secret
            #expect(try await server.lets(secret, do: "contacts:read"))
            #expect(try await server.lets(secret, do: "contacts:write") == false)
            try await server.provider.resourceServers.declare(
                ResourceServer(identifier: "https://api.calkeep.example", name: "CalKeep", scopes: []), at: server.now)
            #expect(try await server.lets(secret, do: "contacts:read") == false)
        }
    }

    @Test("tokens are issued for all of these scopes, those of planned resources too")
    func catalog() async throws {
        let names = [
            "workspace:read", "contacts:read", "contacts:write", "bookings:read", "tasks:read", "tasks:write",
            "reminders:read", "reminders:write", "calendar_health:read",
        ]
        try await withServer { server in
            try await server.registerResourceServer()
            let list = names.map { "\"\($0)\"" }.joined(separator: ",")
            let secret = try await server.mint(
                #"{"label":"x","access":"custom","scopes":[\#(list)]}"#, by: try await server.admin()
            ).secret
            #expect(try await server.introspect(secret)["scope"]?.string == names.joined(separator: " "))
            let scopes = try await server.scopes(of: "https://api.calkeep.example", for: secret)
            #expect(Set(scopes.keys) == Set(names))
        }
    }

    @Test("rotating by hand: a new token, both work, the old one is revoked, the new one goes on")
    func rotation() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let (old, new) = (try await server.mint(by: ada), try await server.mint(by: ada))
            func status(_ token: MintedToken) async throws -> HTTPResponse.Status {
                try await server.get("/api/v1/me", headers: .bearer(try token.secret)).status
            }
            for token in [old, new] { #expect(try await status(token) == .ok) }
            #expect(try await server.call(.delete, old.path, by: ada).status == .noContent)
            #expect(try await status(old) == .unauthorized)
            #expect(try await status(new) == .ok)
        }
    }

    @Test("revocation is immediate, and the row is preserved for audit")
    func revocation() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let token = try await server.mint(by: ada)
            #expect(try await server.call(.delete, token.path, by: ada).status == .noContent)
            let refused = try await server.get("/api/v1/me", headers: .bearer(try token.secret))
            #expect(refused.status == .unauthorized && refused.error == "invalid_token")
            #expect(try await server.introspect(try token.secret) == ["active": .bool(false)])
            let row = try await server.call(.get, token.path, by: ada).json
            #expect(row["status"]?.string == "revoked" && row["revoked_at"]?.string != nil)
        }
    }

    @Test("a request id of the caller's own is in the response, in the error and in the audit log")
    func requestID() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            var headers = HTTPFields.bearer(ada.access)
            headers[.init("X-Request-Id") ?? .date] = "zapier-4711"
            let made = try await server.post(
                "/api/v1/tokens", jsonText: #"{"label":"x","access":"full"}"#, headers: headers)
            #expect(made.status == .created && made.headers[.init("X-Request-Id") ?? .date] == "zapier-4711")
            let refused = try await server.post("/api/v1/tokens", jsonText: "{}", headers: headers)
            #expect(try refused.json["error"]?.object?["request_id"]?.string == "zapier-4711")
            let count = try await server.number(
                "SELECT count(*) FROM audit_events WHERE event = ? AND request_id = ?",
                .text(AuditEvent.Kind.apiTokenIssued.rawValue), .text("zapier-4711"))
            #expect(count == 1)
        }
    }

    @Test(
        "standard limits on Business, higher on Enterprise; past them 429 rate_limited with Retry-After in seconds",
        arguments: [(Organization.Plan.business, 100), (.enterprise, 1_000)])
    func limits(plan: Organization.Plan, limit: Int) async throws {
        try await withServer { server in
            let secret = try await server.mint(by: try await server.admin(on: plan)).secret
            var answer = try await server.get("/api/v1/me", headers: .bearer(secret))
            #expect(answer.headers[.init("X-RateLimit-Limit") ?? .date] == "\(limit)")
            // The clock moves a millisecond a look, and in that time a little of the limit comes back.
            for _ in 0..<limit + limit / 10 where answer.status == .ok {
                answer = try await server.get("/api/v1/me", headers: .bearer(secret))
            }
            #expect(answer.status == .tooManyRequests && answer.error == "rate_limited")
            let seconds = try #require(answer.headers[.retryAfter].flatMap(Int.init))
            #expect((1...60).contains(seconds))
        }
    }

    @Test("token actions write to the audit log: issued, rotated, revoked, and used, which is sampled")
    func audit() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let token = try await server.mint(by: ada)
            for _ in 0..<5 { _ = try await server.get("/api/v1/me", headers: .bearer(try token.secret)) }
            try await server.provider.apiTokens.flushUses()
            _ = try await server.call(.post, token.path + "/rotate", "{}", by: ada)
            _ = try await server.call(.delete, token.path, by: ada)
            for kind in [AuditEvent.Kind.apiTokenIssued, .apiTokenRotated, .apiTokenRevoked, .apiTokenUsed] {
                #expect(try await server.events(kind) == 1, "\(kind.rawValue)")
            }
        }
    }

    @Test("lists are paged: 50 by default, 200 at most, with page, limit and total")
    func pagination() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            for number in 0..<51 { _ = try await server.mint(#"{"label":"\#(number)","access":"full"}"#, by: ada) }
            for (query, count, page, limit) in [
                ("", 50, 1, 50), ("?page=2", 1, 2, 50), ("?limit=200", 51, 1, 200), ("?page=6&limit=10", 1, 6, 10),
            ] {
                let list = try await server.call(.get, "/api/v1/tokens" + query, by: ada).json
                #expect(list["tokens"]?.array?.count == count)
                let expected: JSONObject = [
                    "page": .integer(Int64(page)), "limit": .integer(Int64(limit)), "total": .integer(51),
                ]
                #expect(list["pagination"] == .object(expected))
            }
            for query in ["?limit=201", "?limit=0", "?page=0", "?page=x"] {
                #expect(try await server.call(.get, "/api/v1/tokens" + query, by: ada).status == .badRequest)
            }
        }
    }
}
