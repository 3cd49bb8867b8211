import LatchkeyVerifier
import Synchronization

/// Who has spent how much, in memory. All state behind one lock.
///
/// Two halves, as of a cache: when the young one is full it becomes the old one, and the old one is forgotten. Who asks
/// again moves to the young one. A caller who is forgotten may begin anew; it takes as many other callers in between as
/// a half holds.
final class RateLimitLedger: Sendable {
    /// Both halves together hold twice as many, in some 10 MB.
    static let halfCapacity = 50_000

    private struct Halves {
        var young: [String: Instant] = [:]
        var old: [String: Instant] = [:]
    }

    private let halves = Mutex(Halves())
    private let halfCapacity: Int

    init(halfCapacity: Int = RateLimitLedger.halfCapacity) {
        self.halfCapacity = halfCapacity
    }

    /// How many callers are remembered.
    var count: Int { halves.withLock { $0.young.count + $0.old.count } }

    func spend(_ caller: String, _ limit: RateLimit, at now: Instant) -> RateLimit.Allowance {
        halves.withLock { halves in
            var clearAt = halves.young[caller] ?? halves.old[caller]
            // A clock that was set back must not shut a caller out until it has caught up. One that is behind by less is a
            // request that waited on its way here, and gives nothing back.
            if let known = clearAt, known - now > limit.window + .seconds(60) { clearAt = now + limit.window }
            let allowance = limit.spend(&clearAt, at: now)
            if halves.young.count >= halfCapacity, halves.young[caller] == nil {
                halves.old = halves.young
                halves.young = [:]
            }
            halves.young[caller] = clearAt
            return allowance
        }
    }
}
