import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

@testable import IdentityHTTP

/// Calls of a billing period: refused by a code of their own, and told to whoever must refuse them.
struct APITokenQuotaTests {
    /// A server on which business has a quota.
    private func withQuota(
        _ quota: Int64, _ body: @escaping @Sendable (TestServer) async throws -> Void
    ) async throws {
        var (options, business) = (TestSite.Options(), PlanTerms.business)
        business.callsPerPeriod = quota
        options.plans = PlanCatalog([business])
        try await withServer(options, body)
    }

    @Test("seed 003: past the quota of the plan 429 quota_exceeded, until when and why, which is not rate_limited")
    func exceeded() async throws {
        try await withQuota(3) { server in
            let ada = try await server.admin()
            let secret = try await server.mint(by: ada).secret
            for _ in 0..<2 { #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok) }
            let jwt = try await server.exchange(secret).string("access_token")
            let verified = try await server.resourceServer().verify(jwt, at: server.now)
            #expect(verified.claims["limits"]?.object?["calls_per_period"]?.integer == 3)
            try await server.provider.apiTokens.flushUses()
            let before = try await server.rowCounts()
            let end = BillingPeriod(of: server.now).end
            for token in [secret, jwt] {
                for path in ["/api/v1/me", "/api/v1/scopes"] {
                    let refused = try await server.get(path, headers: .bearer(token))
                    #expect(refused.status == .tooManyRequests && refused.error == "quota_exceeded")
                    let message = try #require(refused.message)
                    #expect(message.contains("plan business") && message.contains("3 calls"), "\(message)")
                    #expect(message.contains(end.iso8601))
                    let pause = try #require(refused.headers[.retryAfter].flatMap { Int64($0) })
                    #expect(abs(pause - (end.seconds - server.now.seconds)) <= 1)
                }
            }
            let exchange = try await server.exchange(secret)
            #expect(exchange.status == .tooManyRequests && exchange.error == "quota_exceeded")
            #expect(server.metric("latchkey_quota_exceeded_total{of=\"call\"}") == "4")
            #expect(server.metric("latchkey_quota_exceeded_total{of=\"exchange\"}") == "1")
            #expect(server.metric("latchkey_rate_limited_total{class=\"api\",scope=\"token\"}") == "0")
            #expect(try await server.rowCounts() == before, "nothing is written on the way")
            // A login is not of a token.
            #expect(try await server.get("/api/v1/me", headers: .bearer(ada.access)).status == .ok)
            try await server.put(ada, on: .enterprise)
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok)
        }
    }

    @Test("calls past the limit of the minute are refused, and use up nothing of the month")
    func refusedCallsAreNone() async throws {
        var (options, business) = (TestSite.Options(), PlanTerms.business)
        (business.callsPerMinute, business.callsPerPeriod) = (5, 12)
        options.plans = PlanCatalog([business])
        try await withServer(options) { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let secret = try await server.mint(by: ada).secret
            var statuses: [Int] = []
            for _ in 0..<9 { statuses.append(try await server.get("/api/v1/me", headers: .bearer(secret)).status.code) }
            let granted = statuses.count { $0 == 200 }
            #expect((5...6).contains(granted) && statuses.count { $0 == 429 } == 9 - granted, "\(statuses)")
            try await server.provider.apiTokens.flushUses()
            let limits = try #require(try await server.introspect(secret)["limits"]?.object)
            #expect(limits["calls_this_period"]?.integer == Int64(granted))
        }
    }

    @Test("introspection stays true and carries the limits, so that a resource server can refuse")
    func introspection() async throws {
        try await withQuota(2) { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let secret = try await server.mint(by: ada).secret
            for (used, exhausted) in [(0, false), (1, false), (2, true)] as [(Int64, Bool)] {
                let told = try await server.introspect(secret)
                let limits = try #require(told["limits"]?.object)
                #expect(told["active"]?.bool == true)
                #expect(limits["calls_this_period"]?.integer == used && limits["calls_per_period"]?.integer == 2)
                #expect(limits["requests_per_minute"]?.integer == 100 && limits["exhausted"]?.bool == exhausted)
                #expect(limits["period_ends_at"]?.string == BillingPeriod(of: server.now).end.iso8601)
                try await server.provider.apiTokens.flushUses()
            }
        }
    }

    @Test("a resource server tells how many calls it answered by itself; the holder of a token tells nothing")
    func toldCalls() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            let client = HTTPFields.basic("resource", "its secret")
            let told = try await server.post(
                "/oauth/introspect", form: ["token": try minted.secret, "calls": "17"], headers: client)
            #expect(try told.json["active"]?.bool == true)
            for calls in ["0", "-1", "1000001", "x", "1.5", "9223372036854775808"] {
                let refused = try await server.post(
                    "/oauth/introspect", form: ["token": try minted.secret, "calls": calls], headers: client)
                #expect(refused.status == .badRequest && refused.text.contains("calls"), "\(calls)")
            }
            let holder = try await server.post(
                "/oauth/introspect", form: ["token": try minted.secret, "calls": "17"], headers: .bearer(ada.access))
            #expect(holder.status == .badRequest)
            try await server.provider.apiTokens.flushUses()
            let usage = try await server.call(.get, try minted.path + "/usage", by: ada).json
            #expect(usage["uses_this_period"]?.integer == 17)
        }
    }

    @Test("/me tells what is used of the quota, and the page of the organization too")
    func told() async throws {
        try await withQuota(1) { server in
            let ada = try await server.admin()
            let secret = try await server.mint(by: ada).secret
            let limits = try await server.get("/api/v1/me", headers: .bearer(secret)).json["limits"]?.object
            #expect(limits?["calls_per_period"]?.integer == 1 && limits?["exhausted"]?.bool == false)
            let browser = try await server.browser(signedInAs: "ada@example.org")
            #expect(try await browser.get("/organization").text.contains("0 of 1 calls of this month are used."))
            try await server.provider.apiTokens.flushUses()
            let page = try await browser.get("/organization")
            #expect(page.text.contains("1 of 1 calls of this month are used, and further ones are refused."))
            try await server.put(ada, on: .enterprise)
            #expect(!(try await browser.get("/organization").text.contains("calls of this month are used")))
        }
    }
}
