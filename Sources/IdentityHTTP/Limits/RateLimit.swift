import HTTPTypes
import Identity
import JOSE
import Synchronization

/// So many requests in so long a time. All of them may come at once; then one more for each part of the time that
/// passes (the generic cell rate algorithm: one number remembers everything).
struct RateLimit: Sendable, Hashable {
    let count: Int64
    let window: Duration

    /// What is left for a caller.
    struct Allowance: Sendable {
        let limit: Int64
        let remaining: Int64
        /// When the whole limit is free again.
        let reset: Instant
        /// How long to wait for the next request; zero when it may come now.
        let retryAfter: Duration
    }

    private var microsecondsPerRequest: Int64 { max(1, window.wholeMicroseconds / max(1, count)) }

    /// Spends one request.
    ///
    /// - Parameter clearAt: when everything spent so far is free again; nil: nothing was spent. Moved on when granted.
    func spend(_ clearAt: inout Instant?, at now: Instant) -> (isGranted: Bool, Allowance) {
        let step = Duration.microseconds(microsecondsPerRequest)
        let former = max(clearAt ?? now, now)
        let next = former + step
        guard next - now <= window else {
            return (false, allowance(clearAt: former, retryAfter: next - now - window, at: now))
        }
        clearAt = next
        return (true, allowance(clearAt: next, retryAfter: .zero, at: now))
    }

    private func allowance(clearAt: Instant, retryAfter: Duration, at now: Instant) -> Allowance {
        let free = max(0, (window - (clearAt - now)).wholeMicroseconds) / microsecondsPerRequest
        return Allowance(limit: count, remaining: min(free, count), reset: clearAt, retryAfter: retryAfter)
    }
}

/// Who has spent how much of one limit, in memory, with a bound on how many callers are remembered.
final class RateLimitLedger: Sendable {
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

    func spend(_ caller: String, at now: Instant) -> (isGranted: Bool, RateLimit.Allowance) {
        clearings.withLock { clearings in
            if clearings.count >= Self.maximumCallers, clearings[caller] == nil {
                clearings = clearings.filter { $0.value > now }
                if clearings.count >= Self.maximumCallers { clearings.removeAll() }
            }
            return limit.spend(&clearings[caller], at: now)
        }
    }
}

extension RateLimit.Allowance {
    func write(to headers: inout HTTPFields) {
        headers[.rateLimitLimit] = String(limit)
        headers[.rateLimitRemaining] = String(remaining)
        headers[.rateLimitReset] = String(reset.seconds + 1)
    }
}
