import JOSE

/// An entity that has identifiers of its own.
package protocol Identified: SendableMetatype {
    /// What an identifier of this kind begins with, such as `usr`.
    static var identifierPrefix: String { get }
}

/// The name of one row: 42 bits of milliseconds since 1970 and 21 random bits.
///
/// Outside it reads as a prefix and 13 characters of Crockford base32 in lower case, `usr_01jqz3v9k2m4x`. It is a
/// name, never a secret: whoever knows it may do nothing by it. Its order is the order of creation.
package struct Identifier<Entity: Identified>: Hashable, Comparable, Sendable, LosslessStringConvertible {
    /// The number as it stands in the database, never negative.
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue & .max
    }

    /// Draws a new identifier. Two drawn in one millisecond are alike once in two million times; the primary key
    /// notices, and the caller draws again.
    init(at now: Instant, random: RandomSource) {
        let milliseconds = UInt64(bitPattern: now.microseconds / 1_000) & ((1 << 42) - 1)
        rawValue = Int64(bitPattern: milliseconds << 21 | random.uint64() & ((1 << 21) - 1))
    }

    /// Reads the outside form. Another prefix, length, case or alphabet gives nil: an identifier has one spelling.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let prefix = Array(Entity.identifierPrefix.utf8) + [UInt8(ascii: "_")]
        guard bytes.count == prefix.count + Crockford.length, bytes.starts(with: prefix),
            let value = Crockford.decode(bytes[prefix.count...])
        else { return nil }
        rawValue = value
    }

    package var description: String {
        Entity.identifierPrefix + "_" + Crockford.encode(rawValue)
    }

    package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Crockford's base32, lower case, for 63-bit numbers: letters that no one confuses when reading aloud.
enum Crockford {
    static let length = 13
    static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let values: [UInt8: Int64] = Dictionary(
        uniqueKeysWithValues: alphabet.enumerated().map { ($1, Int64($0)) })

    static func encode(_ value: Int64) -> String {
        String(unsafeUninitializedCapacity: length) { buffer in
            for index in 0..<length {
                let digit = value >> Int64(5 * (length - 1 - index)) & 31
                buffer[index] = alphabet[Int(digit)]
            }
            return length
        }
    }

    static func decode(_ digits: some Collection<UInt8>) -> Int64? {
        // 13 digits hold 65 bits; the first may be at most 7, or the value would not fit 63.
        guard digits.count == length, let first = digits.first.flatMap({ values[$0] }), first <= 7 else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard let bits = values[digit] else { return nil }
            value = value << 5 | bits
        }
        return value
    }
}
