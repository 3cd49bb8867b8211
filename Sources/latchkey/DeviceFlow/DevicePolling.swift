import JOSE

/// When to ask next whether the person has approved (RFC 8628 §3.5). Pure: the clock is an argument.
struct DevicePolling: Hashable, Sendable {
    /// An answer that is not final.
    enum Answer: Hashable, Sendable {
        case pending
        case slowDown
        /// HTTP 429, with what `Retry-After` says.
        case rateLimited(seconds: Int?)
        case unreachable
    }

    private(set) var interval: Duration
    let deadline: Instant
    private var failures = 0

    init(_ authorization: DeviceAuthorization, at now: Instant) {
        interval = authorization.interval
        deadline = now.advanced(by: authorization.expiresIn)
    }

    /// How long to wait before the next poll; nil when the code will have expired.
    mutating func wait(after answer: Answer, at now: Instant) -> Duration? {
        let left = now.duration(to: deadline)
        guard left > .zero else { return nil }
        return min(delay(after: answer), left)
    }

    /// "slow_down" adds five seconds for good; a connection that fails doubles the wait, up to a minute, until one
    /// succeeds again.
    private mutating func delay(after answer: Answer) -> Duration {
        switch answer {
        case .pending:
            failures = 0
            return interval
        case .slowDown:
            failures = 0
            interval += .seconds(5)
            return interval
        case .rateLimited(let seconds):
            failures = 0
            return max(interval, .seconds(seconds ?? 0))
        case .unreachable:
            failures = min(failures + 1, 6)
            return min(interval * (1 << failures), max(interval, .seconds(60)))
        }
    }
}
