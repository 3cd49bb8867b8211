import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

@testable import IdentityHTTP

/// Calls a minute of one API token.
struct TokenRateLedgerTests {
    private let start = Instant(seconds: 1_800_000_000)
    private let limit = RateLimit(2)

    private func id(_ number: Int64) -> APIToken.ID { APIToken.ID(rawValue: number) }

    @Test("each token has a limit of its own, and it comes back with time")
    func ownLimit() {
        let ledger = TokenRateLedger()
        let grants = [0, 0, 0, 29, 30].map { ledger.spend(id(1), limit, at: start + .seconds($0)).isGranted }
        #expect(grants == [true, true, false, false, true])
        #expect(ledger.spend(id(2), limit, at: start).isGranted)
        #expect(ledger.size.tokens == 2)
    }

    @Test("a hundred thousand tokens are told apart, in at most 32 bytes each at every size")
    func memory() {
        let ledger = TokenRateLedger()
        for number: Int64 in 1...100_000 {
            #expect(ledger.spend(id(number << 21), limit, at: start).isGranted)
            let size = ledger.size
            if size.tokens > 64, size.bytes > size.tokens * 32 { Issue.record("\(size)") }
        }
        #expect(ledger.size.tokens == 100_000)
        for number: Int64 in [1, 50_000, 100_000] {
            let grants = (0..<2).map { _ in ledger.spend(id(number << 21), limit, at: start).isGranted }
            #expect(grants == [true, false])
        }
    }

    @Test("tokens whose time is clear make room for others")
    func forgetting() {
        let ledger = TokenRateLedger()
        for number: Int64 in 0..<50_000 {
            _ = ledger.spend(id(number), limit, at: start + .seconds(number))
        }
        #expect(ledger.size.tokens < 200 && ledger.size.bytes < 4_096)
    }

    @Test("past the limit of the plan a token gets 429, with how long to wait, and every answer tells what is left")
    func endpoint() async throws {
        try await withServer { server in
            let ada = try await server.admin(on: .pro)
            let (first, second) = (try await server.mint(by: ada).secret, try await server.mint(by: ada).secret)
            let jwt = try await server.exchange(first).string("access_token")
            for number in 1...100 {
                let answer = try await server.get(
                    "/api/v1/me", headers: .bearer(number.isMultiple(of: 2) ? first : jwt))
                #expect(answer.status == .ok)
                #expect(answer.headers[.init("X-RateLimit-Limit") ?? .date] == "100")
                let remaining = try #require(
                    answer.headers[.init("X-RateLimit-Remaining") ?? .date].flatMap { Int($0) })
                // A call comes back each 0.6 s; the clock of the test moves a little with each look.
                #expect((100 - number...101 - number).contains(remaining))
            }
            let refused = try await server.get("/api/v1/scopes", headers: .bearer(first))
            #expect(refused.status == .tooManyRequests && refused.error == "rate_limited")
            #expect(refused.headers[.retryAfter] != nil)
            #expect(server.metric("latchkey_rate_limited_total{class=\"api\",scope=\"token\"}") == "1")
            #expect(server.metric("latchkey_quota_exceeded_total{of=\"call\"}") == "0")
            #expect(refused.headers[.init("X-RateLimit-Remaining") ?? .date] == "0")
            #expect(try await server.get("/api/v1/me", headers: .bearer(second)).status == .ok)
            #expect(try await server.get("/api/v1/me", headers: .bearer(ada.access)).status == .ok)
            server.site.clock.advance(by: .seconds(1))
            #expect(try await server.get("/api/v1/me", headers: .bearer(first)).status == .ok)
            let json = try await server.get("/api/v1/me", headers: .bearer(second)).json
            #expect(json["limits"]?.object?["requests_per_minute"]?.integer == 100)
        }
    }
}
