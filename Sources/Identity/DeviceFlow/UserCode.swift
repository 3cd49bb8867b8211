import JOSE

/// The code a person carries from the device to the browser: eight consonants, shown as `BCDF-GHJK` (RFC 8628 §6.1).
///
/// Twenty letters that make no words and are not mistaken for one another: 34.5 bits, short-lived and rate-limited.
package struct UserCode: Hashable, Sendable, CustomStringConvertible {
    private let letters: [UInt8]

    private static let alphabet = Array("BCDFGHJKLMNPQRSTVWXZ".utf8)
    private static let length = 8

    init(random: RandomSource) {
        letters = (0..<Self.length).map { _ in Self.alphabet[random.integer(below: Self.alphabet.count)] }
    }

    /// Reads what a person typed or pasted: in either case, with any spaces and punctuation around and between.
    package init?(_ typed: String) {
        guard typed.utf8.count <= 64 else { return nil }
        letters = typed.filter { !$0.isWhitespace && !$0.isPunctuation }.utf8.map(Self.upperCase)
        guard letters.count == Self.length, letters.allSatisfy(Self.alphabet.contains) else { return nil }
    }

    /// Of ASCII alone: `uppercased()` would make an S of the long ſ.
    private static func upperCase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & 0xDF : byte
    }

    package var description: String {
        String(decoding: letters.prefix(4), as: UTF8.self) + "-" + String(decoding: letters.suffix(4), as: UTF8.self)
    }

    /// What is stored. Keyed: the code alone is short enough to be guessed from a plain digest.
    func code(_ key: PurposeKey) -> [UInt8] {
        key.code(for: Array("user-code:".utf8) + letters)
    }
}
