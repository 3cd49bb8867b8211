package import JOSE

/// The calendar month, UTC, by which calls are counted.
package struct BillingPeriod: Hashable, Sendable {
    package let start: Instant
    /// The first moment that is not in it.
    package let end: Instant

    /// The one that a moment is in.
    package init(of now: Instant) {
        start = Self.firstOfMonth(now)
        // No month has 32 days, and every one has more than 27.
        end = Self.firstOfMonth(start + .seconds(32 * 86_400))
    }

    private static func firstOfMonth(_ moment: Instant) -> Instant {
        Instant(iso8601: moment.iso8601.prefix(8) + "01T00:00:00Z") ?? moment
    }
}

extension Instant {
    /// The first moment of its day, UTC.
    package var startOfDay: Instant {
        let day = 86_400 as Int64
        return Instant(seconds: seconds - (seconds % day + day) % day)
    }
}
