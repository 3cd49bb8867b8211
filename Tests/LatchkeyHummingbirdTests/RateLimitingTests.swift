import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import Testing

@Suite("Limits of tokens")
struct RateLimitingTests {
    private let issuer: TestIssuer
    private let clock = TestClock()

    init() throws {
        issuer = try TestIssuer()
    }

    private func routes(_ limit: @escaping @Sendable (VerifiedToken) -> RateLimit?) -> (TestRouter) -> Void {
        let verifier = issuer.verifier(
            introspection: .single { _ in
                TestIssuer.introspected(["limits": .object(["requests_per_minute": .integer(3)])])
            })
        return { [clock] router in
            router.group().add(middleware: BearerAuthentication(testing: verifier, clock))
                .add(middleware: RateLimiting(limit))
                .get("jobs", scope: "jobs:read") { _, _ in "ok" }
                .get("none", scope: "jobs:read") { _, _ -> String in throw APIRefusal.notFound }
        }
    }

    @Test("so many calls a minute and no more; every answer tells what is left, a refusal when to come again")
    func limit() async throws {
        let token = try issuer.token()
        try await withRouter(routes { _ in RateLimit(100, per: .seconds(60)) }) { [clock] client async throws in
            for remaining in (0..<100).reversed() {
                let answer = try await client.get("/jobs", bearer: token)
                #expect(answer.status == 200)
                #expect(answer["X-RateLimit-Limit"] == "100")
                #expect(answer["X-RateLimit-Remaining"] == String(remaining))
            }
            let refused = try await client.get("/jobs", bearer: token)
            #expect(refused.status == 429)
            #expect(refused.string("error", "code") == "rate_limited")
            #expect(refused["X-RateLimit-Remaining"] == "0")
            #expect(refused["X-RateLimit-Reset"] == String(TestIssuer.now.seconds + 61))
            #expect(refused["Retry-After"] == "1")
            clock.advance(by: .seconds(1))
            #expect(try await client.get("/jobs", bearer: token).status == 200)
            #expect(try await client.get("/jobs", bearer: token).status == 429)
        }
    }

    @Test("a refreshed token of the same login shares the limit, another login does not")
    func whose() async throws {
        let tokens = try ["jti-1", "jti-2"].map { try issuer.token(["jti": .string($0)]) }
        let other = try issuer.token(["sid": .string("grt_2")])
        try await withRouter(routes { _ in RateLimit(2) }) { client async throws in
            var statuses: [Int] = []
            for token in tokens + tokens + [other] {
                statuses.append(try await client.get("/jobs", bearer: token).status)
            }
            #expect(statuses == [200, 200, 429, 429, 200])
        }
    }

    @Test(
        "an API token and the JWT it was exchanged for share the limit of its plan, as the issuer tells it; nil is none"
    )
    func plan() async throws {
        let token = try issuer.token()
        let exchanged = try issuer.token([
            "sub": .string("tok_1"), "sid": .string("tok_1"), "auth_time": nil, "amr": nil,
            "limits": .object(["requests_per_minute": .integer(3), "calls_per_period": .null]),
        ])
        try await withRouter(routes { $0.planLimit }) { client async throws in
            for (bearer, status) in [
                (exchanged, 200), (TestIssuer.apiToken, 200), (exchanged, 200), (TestIssuer.apiToken, 429),
                (exchanged, 429),
            ] {
                let answer = try await client.get("/jobs", bearer: bearer)
                #expect(answer.status == status && answer["X-RateLimit-Limit"] == "3")
            }
            let free = try await client.get("/jobs", bearer: token)
            #expect(free.status == 200 && free["X-RateLimit-Limit"] == nil)
        }
    }

    @Test("a refusal counts as a call and tells what is left")
    func refusals() async throws {
        let token = try issuer.token()
        try await withRouter(routes { _ in RateLimit(2) }) { client async throws in
            let answer = try await client.get("/none", bearer: token)
            #expect(answer.status == 404 && answer["X-RateLimit-Remaining"] == "1")
        }
    }

    @Test("a hundred at once spend no more than the limit")
    func race() async throws {
        let token = try issuer.token()
        try await withRouter(routes { _ in RateLimit(10) }) { client async throws in
            let granted = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 { group.addTask { try await client.get("/jobs", bearer: token).status } }
                return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
            }
            #expect(granted == 10)
        }
    }
}
