public import JOSE
import Synchronization

/// Who has spent how much, in memory; each process by itself. All state behind one lock.
///
/// A caller who is forgotten may begin anew; it takes as many other callers in between as a half holds.
public final class RateLimitLedger: Sendable {
    /// Both halves together hold twice as many, in some 10 MB.
    public static let halfCapacity = 50_000

    /// Until when each has spent.
    private let callers: Mutex<RecentEntries<String, Instant?>>

    /// - Parameter halfCapacity: so many callers are remembered at least, and twice as many at most.
    public init(halfCapacity: Int = RateLimitLedger.halfCapacity) {
        callers = Mutex(RecentEntries(halfCapacity: halfCapacity))
    }

    /// How many callers are remembered.
    var count: Int { callers.withLock(\.count) }

    /// Spends one request of a caller.
    ///
    /// - Parameters:
    ///   - caller: whom to count it with. For a token `token.grantID ?? token.tokenID`: the login or API token behind it,
    ///     so that a refreshed one is no new caller.
    ///   - limit: what this caller may; it need not be the same each time.
    ///   - now: the time.
    /// - Returns: whether it may go on, and what is left.
    public func spend(_ caller: String, _ limit: RateLimit, at now: Instant) -> RateLimit.Allowance {
        callers.withLock { callers in
            callers.update(caller, initially: nil) { clearAt in limit.spend(&clearAt, at: now) }
        }
    }
}
