import LatchkeyVerifier

/// So many requests in so long a time. All of them may come at once; then one more for each part of the time that
/// passes (the generic cell rate algorithm: one number remembers everything).
public struct RateLimit: Hashable, Sendable {
    /// How many requests, at least one.
    public let count: Int
    /// In how long a time; from a millisecond to a year.
    public let window: Duration

    /// - Parameters:
    ///   - count: how many requests.
    ///   - window: in how long a time.
    public init(_ count: Int, per window: Duration = .seconds(60)) {
        self.count = max(1, count)
        self.window = min(max(window, .milliseconds(1)), .seconds(365 * 86_400))
    }

    /// What is left for a caller.
    struct Allowance: Hashable, Sendable {
        let limit: Int
        let remaining: Int
        /// When the whole limit is free again.
        let reset: Instant
        /// How long to wait for the next request; zero when this one was granted.
        let retryAfter: Duration

        var isGranted: Bool { retryAfter == .zero }
    }

    private var microsecondsPerRequest: Int64 { max(1, window.wholeMicroseconds / Int64(count)) }

    /// Spends one request.
    ///
    /// - Parameter clearAt: when everything spent so far is free again; nil: nothing was spent. Moved on when granted.
    func spend(_ clearAt: inout Instant?, at now: Instant) -> Allowance {
        let former = max(clearAt ?? now, now)
        let next = former + .microseconds(microsecondsPerRequest)
        guard next - now <= window else {
            return allowance(clearAt: former, retryAfter: next - now - window, at: now)
        }
        clearAt = next
        return allowance(clearAt: next, retryAfter: .zero, at: now)
    }

    private func allowance(clearAt: Instant, retryAfter: Duration, at now: Instant) -> Allowance {
        let free = max(0, (window - (clearAt - now)).wholeMicroseconds) / microsecondsPerRequest
        return Allowance(limit: count, remaining: min(Int(free), count), reset: clearAt, retryAfter: retryAfter)
    }
}

extension Duration {
    /// Of durations of some years at most.
    fileprivate var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
