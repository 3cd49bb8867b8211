public import JOSE
import Synchronization

/// Who has spent how much, in memory; each process by itself. All state behind one lock.
///
/// Two halves, as of a cache: when the young one is full it becomes the old one, and the old one is forgotten. Who asks
/// again moves to the young one. A caller who is forgotten may begin anew; it takes as many other callers in between as
/// a half holds.
public final class RateLimitLedger: Sendable {
    /// Both halves together hold twice as many, in some 10 MB.
    public static let halfCapacity = 50_000

    private struct Halves {
        var young: [String: Instant] = [:]
        var old: [String: Instant] = [:]
    }

    private let halves = Mutex(Halves())
    private let halfCapacity: Int

    /// - Parameter halfCapacity: so many callers are remembered at least, and twice as many at most.
    public init(halfCapacity: Int = RateLimitLedger.halfCapacity) {
        self.halfCapacity = halfCapacity
    }

    /// How many callers are remembered.
    var count: Int { halves.withLock { $0.young.count + $0.old.count } }

    /// Spends one request of a caller.
    ///
    /// - Parameters:
    ///   - caller: whom to count it with. For a token `token.grantID ?? token.tokenID`: the login or API token behind it,
    ///     so that a refreshed one is no new caller.
    ///   - limit: what this caller may; it need not be the same each time.
    ///   - now: the time.
    /// - Returns: whether it may go on, and what is left.
    public func spend(_ caller: String, _ limit: RateLimit, at now: Instant) -> RateLimit.Allowance {
        halves.withLock { halves in
            var clearAt = halves.young[caller] ?? halves.old[caller]
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
