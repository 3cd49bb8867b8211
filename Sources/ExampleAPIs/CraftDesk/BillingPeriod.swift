import Foundation
import LatchkeyHummingbird

/// A month of the calendar, UTC.
struct BillingPeriod: Hashable, Sendable {
    /// `2026-11`
    let name: String
    let start: Date
    /// The first moment that is not in it.
    let end: Date

    init(at now: Instant) {
        let day = Day(Date(timeIntervalSince1970: Double(now.seconds))).text
        let (year, month) = (Int(day.prefix(4)) ?? 1970, Int(day.dropFirst(5).prefix(2)) ?? 1)
        name = String(day.prefix(7))
        start = Self.first(of: month, year)
        end = month == 12 ? Self.first(of: 1, year + 1) : Self.first(of: month + 1, year)
    }

    /// Seconds from a moment in it to its end, at least one.
    func remainder(from now: Instant) -> Int64 { max(1, Int64(end.timeIntervalSince1970) - now.seconds) }

    private static func first(of month: Int, _ year: Int) -> Date {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar.date(from: DateComponents(year: year, month: month, day: 1)) ?? .distantFuture
    }
}
