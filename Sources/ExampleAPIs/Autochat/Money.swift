import Foundation
import GRDB
import LatchkeyHummingbird

/// An amount of money, in whole cents. In JSON it is a number with two decimals: `100.00`.
struct Money: Hashable, Comparable, Sendable {
    /// Never negative, and so far from the end of its range that thousands of them can be added up.
    let cents: Int64

    static let zero = Money(cents: 0)
    /// 10,000,000.00: of one unit of something, or one payment.
    static let maximum = Money(cents: 1_000_000_000)

    init(cents: Int64) { self.cents = cents }

    /// Nil for fractions of a cent, for less than nothing and for more than ``maximum``.
    init?(_ amount: Decimal) {
        guard let cents = amount.scaled(by: 100, upTo: Money.maximum.cents) else { return nil }
        self.cents = cents
    }

    static func < (left: Money, right: Money) -> Bool { left.cents < right.cents }
    static func + (left: Money, right: Money) -> Money { Money(cents: left.cents + right.cents) }
}

extension Money: Codable {
    init(from decoder: any Decoder) throws {
        let amount = try decoder.singleValueContainer().decode(Decimal.self)
        // What we have written ourselves may be the sum of many.
        guard let cents = amount.scaled(by: 100, upTo: Int64.max / 1_000) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no amount"))
        }
        self.cents = cents
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Decimal(cents) / 100)
    }
}

extension Money: DatabaseValueConvertible {
    var databaseValue: DatabaseValue { cents.databaseValue }
    static func fromDatabaseValue(_ value: DatabaseValue) -> Money? {
        Int64.fromDatabaseValue(value).map(Money.init(cents:))
    }
}

extension Decimal {
    /// `self * factor` when that is a whole number from 0 to `maximum`.
    func scaled(by factor: Int, upTo maximum: Int64) -> Int64? {
        guard self >= 0, self <= Decimal(maximum) / Decimal(factor) else { return nil }
        var (scaled, whole) = (self * Decimal(factor), Decimal())
        NSDecimalRound(&whole, &scaled, 0, .plain)
        return whole == scaled ? Int64("\(whole)") : nil
    }
}

extension Fields {
    /// An amount of money: `100.00`.
    func money(_ name: String) throws -> Money {
        let wanted = "must be an amount from 0 to 10000000.00 with at most two decimals, such as 100.00"
        guard let amount = Money(try value(name, Decimal.self, wanted)) else { throw refusal(name, wanted) }
        return amount
    }
}
