import Foundation
import LatchkeyHummingbird

/// A line of an invoice or a quote: so many of something at a rate.
struct BilledLine: Codable, Hashable, Sendable {
    static let maximumCount = 200

    let description: String
    let quantity: Quantity
    let rate: Money
    /// `quantity` × `rate`, half a cent rounded up.
    let amount: Money

    init(_ description: String, quantity: Quantity, rate: Money) {
        (self.description, self.quantity, self.rate) = (description, quantity, rate)
        amount = quantity.times(rate)
    }

    /// As it is sent.
    struct Draft: Decodable {
        let item: BilledLine

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["description", "quantity", "rate"])
            item = BilledLine(
                try fields.text("description", 1...500), quantity: try fields.quantity("quantity"),
                rate: try fields.money("rate"))
        }
    }
}

extension [BilledLine] {
    /// 200 lines of the largest quantity at the highest rate are 2 × 10^17 cents: far from the end of 64 bits.
    var total: Money { reduce(.zero) { $0 + $1.amount } }
}

/// How many, in thousandths: 1, or 2.5 hours.
struct Quantity: Hashable, Sendable {
    /// From 1 to ``maximum``.
    let thousandths: Int64

    /// A million.
    static let maximum: Int64 = 1_000_000_000

    init(thousandths: Int64) { self.thousandths = thousandths }

    /// At most 10^18 thousandths of a cent, which 64 bits hold.
    func times(_ rate: Money) -> Money { Money(cents: (thousandths * rate.cents + 500) / 1_000) }
}

extension Quantity: Codable {
    init(from decoder: any Decoder) throws {
        let number = try decoder.singleValueContainer().decode(Decimal.self)
        guard let thousandths = number.scaled(by: 1_000, upTo: Self.maximum), thousandths > 0 else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no quantity"))
        }
        self.thousandths = thousandths
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(Decimal(thousandths) / 1_000)
    }
}

extension Fields {
    func quantity(_ name: String) throws -> Quantity {
        try value(name, Quantity.self, "must be a number from 0.001 to 1000000 with at most three decimals")
    }

    func lineItems(_ name: String) throws -> [BilledLine] {
        try list(name, 1...BilledLine.maximumCount, of: BilledLine.Draft.self).map(\.item)
    }
}
