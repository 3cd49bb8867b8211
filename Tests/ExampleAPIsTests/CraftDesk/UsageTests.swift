import Foundation
import GRDB
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Seed 003: usage of CraftDesk")
struct UsageTests {
    private let tokens: CraftDeskTokens

    init() throws {
        tokens = try CraftDeskTokens()
    }

    @Test("seed 003: GET /v1/usage tells the calls of each key in the current billing period, refused ones among them")
    func usage() async throws {
        let (other, narrow) = (
            try tokens.full(login: "tok_other"), try tokens.issuer.token(["team:read"], login: "tok_n")
        )
        try await tokens.withCraftDesk { api, token in
            for _ in 0..<3 { _ = try await api.get("/projects", token) }
            _ = try await api.get("/projects/prj_none", other)
            #expect(try await api.get("/projects", narrow).status == 403)
            let usage = try await api.get("/usage", token)
            #expect(usage.status == 200)
            #expect(usage.json("period", "start")?.string == "2027-01-01T00:00:00Z")
            #expect(usage.json("period", "end")?.string == "2027-02-01T00:00:00Z")
            #expect(usage.json("quota")?.integer == 10_000 && usage.json("calls")?.integer == 5)
            #expect(usage.json("keys", "0", "key")?.string == "grt_org_a")
            #expect(usage.json("keys", "0", "calls")?.integer == 3)
            #expect(usage.json("keys", "0", "last_used_at")?.string == TestIssuer.now.iso8601)
            #expect(usage.json("pagination", "total")?.integer == 3)
        }
    }

    @Test("seed 003: a new month begins at nought, in UTC, and the calls of a refreshed token are those of its key")
    func months() async throws {
        let refreshed = try tokens.issuer.token(
            CraftDeskTokens.all, ["jti": .string("another"), "exp": .integer(1_900_000_000)])
        try await tokens.withCraftDesk { api, token in
            _ = try await api.get("/projects", token)
            _ = try await api.get("/projects", refreshed)
            #expect(try await api.get("/usage", token).json("keys", "0", "calls")?.integer == 2)
            let end = Instant(iso8601: "2027-02-01T00:00:00Z") ?? TestIssuer.now
            api.clock.advance(by: end - TestIssuer.now)
            let usage = try await api.get("/usage", refreshed)
            #expect(usage.json("calls")?.integer == 0 && usage.json("keys")?.array?.isEmpty == true)
            #expect(usage.json("period", "start")?.string == "2027-02-01T00:00:00Z")
        }
    }

    @Test("seed 003: a confined key is told of its own calls alone")
    func confined() async throws {
        let tokens = tokens
        try await tokens.withCraftDesk { api, token in
            _ = try await api.get("/projects", token)
            let key = try tokens.confined(to: ["prj_1"], ["projects:read"])
            _ = try await api.get("/projects", key)
            let usage = try await api.get("/usage", key)
            #expect(usage.json("keys")?.array?.count == 1)
            #expect(usage.json("keys", "0", "key")?.string == "tok_confined")
        }
    }

    @Test("seed 003: without team:read a key is told of its own calls alone, and of the sum")
    func others() async throws {
        let narrow = try tokens.issuer.token(["projects:read", "projects:write"], login: "tok_n")
        let reader = try tokens.issuer.token(["team:read"], login: "tok_r")
        try await tokens.withCraftDesk { api, token in
            _ = try await api.get("/projects", token)
            let before = try await api.get("/usage", narrow)
            #expect(before.status == 200 && before.json("keys")?.array?.isEmpty == true)
            _ = try await api.get("/projects", narrow)
            let own = try await api.get("/usage", narrow)
            #expect(own.json("keys")?.array?.compactMap { $0.object?["key"]?.string } == ["tok_n"])
            #expect(own.json("pagination", "total")?.integer == 1 && own.json("calls")?.integer == 2)
            #expect(!own.text.contains("grt_org_a"))
            let all = try await api.get("/usage", reader)
            #expect(all.json("keys")?.array?.count == 2)
        }
    }

    @Test("seed 003: past the plan's calls of the billing period it is 429 quota_exceeded until the period ends")
    func quota() async throws {
        try await tokens.withCraftDesk(introspected: CraftDeskTokens.plan(calls: 5)) { api, token in
            _ = try await api.get("/projects", token)
            for _ in 0..<4 { #expect(try await api.get("/projects", TestIssuer.apiToken).status == 200) }
            let refused = try await api.post("/projects", TestIssuer.apiToken, #"{"name": "x"}"#)
            #expect(refused.status == 429 && refused.code == "quota_exceeded")
            let end = Instant(iso8601: "2027-02-01T00:00:00Z") ?? TestIssuer.now
            #expect(refused["Retry-After"] == String((end - TestIssuer.now).components.seconds))
            let message = refused.json("error", "message")?.string ?? ""
            #expect(message.contains("5 calls") && message.contains("2027-02-01T00:00:00Z"))
            #expect(message.contains("upgrade"))
            // Who has used it up can see that, and asking is not counted.
            let usage = try await api.get("/usage", TestIssuer.apiToken)
            #expect(usage.json("quota")?.integer == 5 && usage.json("calls")?.integer == 5)
            #expect(try await api.get("/projects", token).status == 429)
        }
    }

    @Test("seed 003: a rate limit is another thing: 429 rate_limited, over in seconds, and not counted as a call")
    func rate() async throws {
        let plan = CraftDeskTokens.plan(calls: 1_000, perMinute: 2)
        try await tokens.withCraftDesk(introspected: plan) { api, token in
            for _ in 0..<2 { #expect(try await api.get("/projects", TestIssuer.apiToken).status == 200) }
            let refused = try await api.get("/projects", TestIssuer.apiToken)
            #expect(refused.status == 429 && refused.code == "rate_limited")
            #expect(refused["Retry-After"].flatMap(Int.init) ?? 1_000 <= 60)
            #expect(try await api.get("/usage", token).json("calls")?.integer == 2)
        }
    }

    @Test("seed 003: a plan without a bound has none, and what the issuer calls used up is")
    func plans() async throws {
        try await tokens.withCraftDesk(introspected: CraftDeskTokens.plan(calls: nil)) { api, _ in
            try await Self.pretend(20_000, of: "tok_1", api)
            #expect(try await api.get("/projects", TestIssuer.apiToken).status == 200)
            #expect(try await api.get("/usage", TestIssuer.apiToken).json("quota") == nil)
        }
        try await tokens.withCraftDesk(introspected: CraftDeskTokens.plan(calls: 100, exhausted: true)) { api, _ in
            let refused = try await api.get("/projects", TestIssuer.apiToken)
            #expect(refused.status == 429 && refused.code == "quota_exceeded" && refused["Retry-After"] != nil)
        }
    }

    @Test("seed 003: where the issuer tells no plan, a workspace has 10000 calls, however often it logs in")
    func usual() async throws {
        let (other, stranger) = (try tokens.full(login: "grt_other"), try tokens.full(of: "org_b"))
        try await tokens.withCraftDesk { api, token in
            try await Self.pretend(9_999, of: "grt_org_a", api)
            #expect(try await api.get("/projects", token).status == 200)
            for credential in [token, other] {
                let refused = try await api.get("/projects", credential)
                #expect(refused.status == 429 && refused.code == "quota_exceeded")
            }
            #expect(try await api.get("/usage", token).json("calls")?.integer == 10_000)
            #expect(try await api.get("/projects", stranger).status == 200)
        }
    }

    @Test("seed 003: the quota told of a key holds for the JWT that it is exchanged for, and for whoever logs in")
    func exchanged() async throws {
        let (jwt, login) = (try tokens.full(login: "tok_1"), try tokens.full(login: "grt_new"))
        try await tokens.withCraftDesk(introspected: CraftDeskTokens.plan(calls: 3)) { api, token in
            for _ in 0..<3 { #expect(try await api.get("/projects", TestIssuer.apiToken).status == 200) }
            for credential in [TestIssuer.apiToken, jwt, login, token] {
                let refused = try await api.get("/projects", credential)
                #expect(refused.status == 429 && refused.code == "quota_exceeded", "\(credential)")
            }
            let usage = try await api.get("/usage", login)
            #expect(usage.json("quota")?.integer == 3 && usage.json("calls")?.integer == 3)
        }
    }

    @Test(
        "seed 003: a JWT that a key was exchanged for tells the quota by itself, before any key of the workspace was seen"
    )
    func toldByJWT() async throws {
        let limits: JSONObject = [
            "requests_per_minute": .integer(100), "calls_per_period": .integer(2),
            "period_ends_at": .string("2027-02-01T00:00:00Z"),
        ]
        let jwt = try tokens.issuer.token(CraftDeskTokens.all, login: "tok_1", ["limits": .object(limits)])
        try await tokens.withCraftDesk { api, token in
            for status in [200, 200, 429] { #expect(try await api.get("/projects", jwt).status == status) }
            let usage = try await api.get("/usage", token)
            #expect(usage.json("quota")?.integer == 2)
        }
    }

    @Test("seed 003: a plan without a bound has none with a JWT either, once a key of the workspace was seen")
    func unlimited() async throws {
        try await tokens.withCraftDesk(introspected: CraftDeskTokens.plan(calls: nil)) { api, token in
            try await Self.pretend(20_000, of: "tok_1", api)
            #expect(try await api.get("/projects", token).status == 429)
            #expect(try await api.get("/projects", TestIssuer.apiToken).status == 200)
            #expect(try await api.get("/projects", token).status == 200)
        }
    }

    @Test("seed 003: fifty calls at once make no more than the quota")
    func race() async throws {
        try await tokens.withCraftDesk(introspected: CraftDeskTokens.plan(calls: 20)) { api, _ in
            let granted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { try await api.get("/projects", TestIssuer.apiToken).status } }
                return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
            }
            #expect(granted == 20)
        }
    }

    /// Calls that were made before.
    private static func pretend(_ calls: Int, of key: String, _ api: TestClient) async throws {
        try await api.database.write {
            try $0.execute(
                sql:
                    "INSERT INTO usage (tenant, period, key, calls, last_used_at) VALUES ('org_a', '2027-01', ?, ?, ?)",
                arguments: [key, calls, Date.now])
        }
    }

    @Test(
        "billing periods are months in UTC",
        arguments: [
            ("2027-01-31T23:59:59Z", "2027-01", "2027-02-01T00:00:00Z"),
            ("2027-12-31T23:59:59Z", "2027-12", "2028-01-01T00:00:00Z"),
            ("2028-02-29T12:00:00Z", "2028-02", "2028-03-01T00:00:00Z"),
            ("2027-01-01T00:00:00Z", "2027-01", "2027-02-01T00:00:00Z"),
        ])
    func periods(_ time: String, _ name: String, _ end: String) throws {
        let now = try #require(Instant(iso8601: time))
        let period = BillingPeriod(at: now)
        #expect(period.name == name && period.end.formatted(.iso8601) == end)
        #expect(period.start.formatted(.iso8601) == "\(name)-01T00:00:00Z")
        #expect(period.remainder(from: now) >= 1)
    }
}
