import LatchkeyVerifier
import Testing

@Suite("Limits: the rule")
struct RateLimitTests {
    private let start = Instant(seconds: 1_800_000_000)

    @Test("all of a limit may come at once, then one more for each part of the time that passes")
    func pace() {
        let limit = RateLimit(4, per: .seconds(60))
        var clearAt: Instant?
        let moments: [Duration] = [
            .zero, .zero, .zero, .zero, .zero, .milliseconds(14_999), .seconds(15), .seconds(15), .seconds(44),
            .seconds(44), .seconds(44),
        ]
        let granted = moments.map { limit.spend(&clearAt, at: start + $0).isGranted }
        #expect(granted == [true, true, true, true, false, false, true, false, true, false, false])
        let rested = (0..<5).map { _ in limit.spend(&clearAt, at: start + .seconds(200)).isGranted }
        #expect(rested == [true, true, true, true, false])
    }

    @Test("what is left and when is told; what was refused has spent nothing")
    func told() {
        let limit = RateLimit(2, per: .seconds(60))
        var clearAt: Instant?
        let told = (0..<4).map { _ in limit.spend(&clearAt, at: start) }
        #expect(told.map(\.limit) == [2, 2, 2, 2])
        #expect(told.map(\.remaining) == [1, 0, 0, 0])
        #expect(told.map(\.reset) == [30, 60, 60, 60].map { start + .seconds($0) })
        #expect(told.map(\.retryAfter) == [.zero, .zero, .seconds(30), .seconds(30)])
        #expect(clearAt == start + .seconds(60))
    }

    @Test("who waits as long as the header fields tell is let in, at whatever part of a second they came")
    func wholeSeconds() {
        for part: Int64 in [0, 1, 500_000, 999_999] {
            let (limit, now) = (RateLimit(1, per: .seconds(10)), start + .microseconds(part))
            var clearAt: Instant?
            #expect(limit.spend(&clearAt, at: now).isGranted)
            let refused = limit.spend(&clearAt, at: now + .milliseconds(1))
            #expect((10...11).contains(refused.retryAfterSeconds))
            #expect(refused.resetSeconds == start.seconds + 11)
            var other = clearAt
            #expect(limit.spend(&clearAt, at: now + .seconds(refused.retryAfterSeconds)).isGranted)
            #expect(limit.spend(&other, at: Instant(seconds: refused.resetSeconds)).isGranted)
        }
    }

    @Test("limits that make no sense are brought into range", arguments: [0, -1, Int.min, Int.max])
    func range(_ count: Int) {
        for window in [Duration.zero, .seconds(-1), .seconds(Int64.max), .seconds(60)] {
            var clearAt: Instant?
            let limit = RateLimit(count, per: window)
            #expect(limit.count >= 1 && limit.window > .zero)
            #expect(limit.spend(&clearAt, at: start).isGranted)
        }
    }

    @Test("no moment makes it trap", arguments: [Int64.min, 0, Int64.max])
    func moments(_ microseconds: Int64) {
        for clearAt in [Int64.min, 0, Int64.max] {
            var clearAt: Instant? = Instant(microseconds: clearAt)
            let told = RateLimit(Int.max, per: .seconds(60)).spend(&clearAt, at: Instant(microseconds: microseconds))
            #expect(told.remaining >= 0 && told.retryAfterSeconds >= 1 && told.resetSeconds > Int64.min)
        }
    }

    @Test("a clock that was set back refuses for no longer than the limit's own time, whatever remembers it")
    func setBack() {
        let limit = RateLimit(10)
        let now = start
        var clearAt: Instant? = now + .seconds(86_400)
        let remembered = clearAt
        #expect(!limit.spend(&clearAt, at: now).isGranted)
        #expect(clearAt != remembered)
        #expect(!limit.spend(&clearAt, at: now + .seconds(5)).isGranted)
        #expect(limit.spend(&clearAt, at: now + .seconds(7)).isGranted)
        // Behind by less than a minute is a request that waited on its way, and gives nothing back.
        clearAt = now + .seconds(90)
        #expect(!limit.spend(&clearAt, at: now).isGranted)
        #expect(clearAt == now + .seconds(90))
    }
}
