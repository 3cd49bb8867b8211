/// One mailbox. Kept as typed, compared in a canonical form (lower case).
///
/// Deliberately narrower than RFC 5321: dot-atoms and host names in ASCII only. What it leaves out (quoted local
/// parts, comments, lists, address literals, look-alike characters) is what attacks on mailed links are made of,
/// and no sign-in form needs it.
package struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    /// As the person typed it, without surrounding spaces.
    package let text: String
    /// In lower case: what makes two addresses the same.
    package let canonical: String

    /// RFC 5321 §4.5.3.1: 64 octets before the at-sign, 254 in all.
    package static let maximumLength = 254

    package init?(_ typed: String) {
        let bytes = Array(typed.utf8.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed())
        guard bytes.count <= Self.maximumLength, let at = bytes.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        guard Self.isLocalPart(bytes[..<at]), Self.isHostName(bytes[(at + 1)...]) else { return nil }
        text = String(decoding: bytes, as: UTF8.self)
        canonical = text.lowercased()
    }

    package var description: String { text }

    /// What stands before the at-sign: a first guess at a name.
    package var localPart: String { String(text.prefix { $0 != "@" }) }

    private static func isLocalPart(_ part: ArraySlice<UInt8>) -> Bool {
        guard (1...64).contains(part.count) else { return false }
        return part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy(isAtomCharacter)
        }
    }

    private static func isHostName(_ part: ArraySlice<UInt8>) -> Bool {
        let labels = part.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard (1...253).contains(part.count), labels.count >= 2 || part.elementsEqual("localhost".utf8) else {
            return false
        }
        // RFC 3696 §2: no top-level domain is a number, so what ends in one is a network address.
        if let last = labels.last, last.allSatisfy(isDigit) { return false }
        return labels.allSatisfy { label in
            (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                && label.allSatisfy { isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
        default: isDigit(byte)
        }
    }

    /// RFC 5322 §3.2.3 `atext`.
    private static func isAtomCharacter(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
    }
}
