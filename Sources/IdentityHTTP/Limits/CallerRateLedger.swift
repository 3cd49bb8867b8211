import JOSE
import LatchkeyVerifier
import Synchronization

/// Who has spent how much of one limit, in memory, with a bound on how many callers are remembered.
///
/// The limit is that of `LatchkeyVerifier`; its `RateLimitLedger` is another memory, and on purpose. That one forgets
/// whoever has not asked for longest, with something spent or not. Here, where codes are guessed, an address that rests
/// between two guesses is not forgiven them because fifty thousand others have asked: first go those who have nothing
/// spent, of whom there is nothing to remember.
final class CallerRateLedger: Sendable {
    private let clearings = Mutex<[String: Instant]>([:])
    private let limit: RateLimit

    /// Past so many callers, those whose time is clear are forgotten; if none is, all are, and the limit is lenient for
    /// a moment rather than the memory unbounded.
    static let maximumCallers = 50_000

    init(_ limit: RateLimit) {
        self.limit = limit
    }

    /// How many callers are remembered.
    var callers: Int { clearings.withLock { $0.count } }

    func spend(_ caller: String, at now: Instant) -> RateLimit.Allowance {
        clearings.withLock { clearings in
            if clearings.count >= Self.maximumCallers, clearings[caller] == nil {
                clearings = clearings.filter { $0.value > now }
                if clearings.count >= Self.maximumCallers { clearings.removeAll() }
            }
            return limit.spend(&clearings[caller], at: now)
        }
    }
}
