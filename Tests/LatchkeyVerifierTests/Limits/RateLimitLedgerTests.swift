import Testing

@testable import LatchkeyVerifier

@Suite("Limits: the memory of callers")
struct RateLimitLedgerTests {
    private let now = Instant(seconds: 1_800_000_000)

    @Test("each caller has a limit of their own, and it may be another at each call")
    func callers() {
        let ledger = RateLimitLedger()
        let granted = ["a", "a", "b", "b"].map { ledger.spend($0, RateLimit(1), at: now).isGranted }
        #expect(granted == [true, false, true, false])
        #expect(ledger.spend("a", RateLimit(2, per: .seconds(120)), at: now).isGranted)
    }

    @Test("the ledger is bounded, who goes on asking is not forgotten, and a clock set back shuts nobody out")
    func bounded() {
        let (ledger, limit) = (RateLimitLedger(halfCapacity: 10), RateLimit(1))
        #expect(ledger.spend("kept", limit, at: now).isGranted)
        for number in 0..<1000 {
            _ = ledger.spend("\(number)", limit, at: now)
            #expect(!ledger.spend("kept", limit, at: now).isGranted)
            #expect(ledger.count <= 20)
        }
        let earlier = now - .seconds(86_400)
        let allowance = ledger.spend("kept", limit, at: earlier)
        #expect(!allowance.isGranted && allowance.retryAfter <= .seconds(60))
        #expect(ledger.spend("kept", limit, at: earlier + .seconds(61)).isGranted)
    }
}
