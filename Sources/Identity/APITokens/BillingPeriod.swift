package import JOSE

/// The calendar month, UTC, by which calls are counted.
package struct BillingPeriod: Hashable, Sendable {
    package let start: Instant
    /// The first moment that is not in it.
    package let end: Instant

    /// The one that a moment is in.
    package init(of now: Instant) {
        start = now.startOfMonth
        // No month has 32 days, and every one has more than 27.
        end = (start + .seconds(32 * 86_400)).startOfMonth
    }
}
