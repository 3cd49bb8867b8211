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

    /// Reads what a person typed: in any case, with any spaces and punctuation between.
    package init?(_ typed: String) {
        guard typed.utf8.count <= 64 else { return nil }
        letters = typed.uppercased().utf8.filter { !" -_.".utf8.contains($0) }
        guard letters.count == Self.length, letters.allSatisfy(Self.alphabet.contains) else { return nil }
    }

    package var description: String {
        String(decoding: letters.prefix(4), as: UTF8.self) + "-" + String(decoding: letters.suffix(4), as: UTF8.self)
    }

    /// What is stored. Keyed: the code alone is short enough to be guessed from a plain digest.
    func code(_ key: PurposeKey) -> [UInt8] {
        key.code(for: Array("user-code:".utf8) + letters)
    }
}
