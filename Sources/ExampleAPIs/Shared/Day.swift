import Foundation
import GRDB
import LatchkeyHummingbird

/// A day of the calendar, `2024-12-31`, without a time and a place.
struct Day: Hashable, Comparable, Sendable {
    let text: String

    /// Nil for what is no day of the years 1900 to 2199.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.map(\.utf8.count) == [4, 2, 2],
            parts.joined().utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1900...2199).contains(year), (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        self.text = text
    }

    /// The day that it is in UTC.
    init(_ time: Date) { text = time.formatted(.iso8601.year().month().day()) }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func < (left: Day, right: Day) -> Bool { left.text < right.text }
}

extension Day: Codable {
    init(from decoder: any Decoder) throws {
        guard let day = Day(try decoder.singleValueContainer().decode(String.self)) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no day"))
        }
        self = day
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension Day: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { text.databaseValue }
    static func fromDatabaseValue(_ value: DatabaseValue) -> Day? {
        String.fromDatabaseValue(value).flatMap { Day($0) }
    }
}

extension Fields {
    /// A day: `2024-12-31`.
    func day(_ name: String) throws -> Day {
        let wanted = "must be a day such as 2024-12-31"
        guard let day = Day(try value(name, String.self, wanted)) else { throw refusal(name, wanted) }
        return day
    }
}
