/// A moment: whole microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// Arithmetic saturates at the ends of the range (about 292,000 years either way) and never traps.
/// Nothing here reads a clock: an instant is always handed in by whoever may.
public struct Instant: Hashable, Comparable, Sendable, InstantProtocol {
    /// Microseconds since 1970 UTC; negative before it.
    public var microseconds: Int64

    /// The instant this many microseconds after 1970 UTC.
    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The instant this many seconds after 1970 UTC, or the end of the range when that is beyond it.
    public init(seconds: Int64) {
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        microseconds = overflow ? (seconds < 0 ? .min : .max) : product
    }

    /// Whole seconds since 1970 UTC, rounded towards the past. The unit of `exp`, `iat` and `nbf`.
    public var seconds: Int64 {
        let quotient = microseconds / 1_000_000
        return microseconds % 1_000_000 < 0 ? quotient - 1 : quotient
    }

    /// The instant `duration` later, or earlier when it is negative; fractions of a microsecond are dropped.
    public func advanced(by duration: Duration) -> Instant {
        let (sum, overflow) = microseconds.addingReportingOverflow(duration.saturatedMicroseconds)
        return Instant(microseconds: overflow ? (microseconds < 0 ? .min : .max) : sum)
    }

    /// The time from here to `other`; negative when `other` is earlier.
    public func duration(to other: Instant) -> Duration {
        .microseconds(other.microseconds) - .microseconds(microseconds)
    }

    /// Whether the left instant is earlier.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The instant `duration` after `instant`.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: duration)
    }

    /// The instant `duration` before `instant`.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        instant.advanced(by: .zero - duration)
    }

    /// The time from `right` to `left`.
    public static func - (left: Instant, right: Instant) -> Duration {
        right.duration(to: left)
    }
}

extension Duration {
    fileprivate var saturatedMicroseconds: Int64 {
        let (whole, rest) = components
        let (product, overflow) = whole.multipliedReportingOverflow(by: 1_000_000)
        let (sum, carry) = product.addingReportingOverflow(rest / 1_000_000_000_000)
        return overflow || carry ? (whole < 0 ? .min : .max) : sum
    }
}
