public import JOSE

/// So many requests in so long a time. All of them may come at once; then one more for each part of the time that
/// passes (the generic cell rate algorithm: one number remembers everything).
///
/// This is the rule. Who has spent how much is remembered elsewhere: in a ``RateLimitLedger``, or where it suits.
public struct RateLimit: Hashable, Sendable {
    /// How many requests, at least one.
    public let count: Int
    /// In how long a time; from a millisecond to a year.
    public let window: Duration
    private let microsecondsPerRequest: Int64

    /// - Parameters:
    ///   - count: how many requests; what is below one is taken for one.
    ///   - window: in how long a time; brought into the range above.
    public init(_ count: Int, per window: Duration = .seconds(60)) {
        self.count = max(1, count)
        self.window = min(max(window, .milliseconds(1)), .seconds(365 * 86_400))
        microsecondsPerRequest = max(1, self.window.wholeMicroseconds / Int64(self.count))
    }

    /// What is left for a caller.
    public struct Allowance: Hashable, Sendable {
        /// The ``RateLimit/count`` of the limit: what `X-RateLimit-Limit` tells.
        public let limit: Int
        /// How many requests may come at once from here on: what `X-RateLimit-Remaining` tells.
        public let remaining: Int
        /// When the whole limit is free again.
        public let reset: Instant
        /// How long to wait for the next request; zero when this one was granted.
        public let retryAfter: Duration

        /// Whether the request may go on. One that may not has spent nothing.
        public var isGranted: Bool { retryAfter == .zero }

        /// What `X-RateLimit-Reset` tells: the first whole second since 1970 after ``reset``.
        public var resetSeconds: Int64 { reset.seconds + 1 }

        /// What `Retry-After` tells (RFC 9110 §10.2.3): whole seconds, more than ``retryAfter``.
        public var retryAfterSeconds: Int64 { retryAfter.components.seconds + 1 }
    }

    /// Spends one request.
    ///
    /// - Parameters:
    ///   - clearAt: when everything spent so far is free again; nil: nothing was spent. Moved on when granted.
    ///   - now: the time.
    /// - Returns: whether it may go on, and what is left.
    public func spend(_ clearAt: inout Instant?, at now: Instant) -> Allowance {
        var former = max(clearAt ?? now, now)
        // A clock that was set back must not shut a caller out until it has caught up. One that is behind by less is a
        // request that waited on its way here, and gives nothing back.
        if former - now > window + .seconds(60) {
            former = now + window
            clearAt = former
        }
        let next = former + .microseconds(microsecondsPerRequest)
        guard next - now <= window else {
            return allowance(clearAt: former, retryAfter: next - now - window, at: now)
        }
        clearAt = next
        return allowance(clearAt: next, retryAfter: .zero, at: now)
    }

    private func allowance(clearAt: Instant, retryAfter: Duration, at now: Instant) -> Allowance {
        let free = max(.zero, window - (clearAt - now)).wholeMicroseconds / microsecondsPerRequest
        return Allowance(limit: count, remaining: min(Int(free), count), reset: clearAt, retryAfter: retryAfter)
    }
}

extension Duration {
    /// Of durations of a year at most.
    fileprivate var wholeMicroseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
