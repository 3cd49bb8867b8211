/// A mail address, and the name that is shown beside it.
package struct Mailbox: Hashable, Sendable {
    /// Empty when there is none.
    package let name: String
    /// `local@domain`, in ASCII.
    package let address: String

    /// Nil when it could not be written into a header: control characters in the name, or an address that is not
    /// printable ASCII without quoting.
    package init?(name: String = "", address: String) {
        guard name.isOneLine, name.utf8.count <= Self.maximumNameLength, Self.isPlain(address) else { return nil }
        self.name = name
        self.address = address
    }

    /// Reads `login@example.com`, `Latchkey <login@example.com>` or `"Latchkey, Inc." <login@example.com>`.
    package init?(_ text: String) {
        guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
            self.init(address: text)
            return
        }
        let address = text[text.index(after: open)...].dropLast()
        var name = text[..<open].drop { $0 == " " }
        while name.last == " " { name.removeLast() }
        if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
        guard !name.contains(where: { "\"\\<>".contains($0) }) else { return nil }
        self.init(name: String(name), address: String(address))
    }

    /// Octets of UTF-8.
    static let maximumNameLength = 200

    /// A dot-atom on each side (RFC 5322 §3.4.1); at most 254 octets, RFC 5321 §4.5.3.1.
    private static func isPlain(_ address: String) -> Bool {
        let parts = address.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return address.utf8.count <= 254 && parts.count == 2 && parts.allSatisfy { $0.isDotAtom }
    }
}

extension String {
    /// Whether a header can hold it: no control character, and none of Unicode's ends of a line.
    var isOneLine: Bool {
        unicodeScalars.allSatisfy { scalar in
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: false
            default: true
            }
        }
    }
}

extension Collection<UInt8> {
    /// RFC 5322 §3.2.3 `dot-atom-text`.
    var isDotAtom: Bool {
        split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy { $0.isLetterOrDigit || "!#$%&'*+-/=?^_`{|}~".utf8.contains($0) }
        }
    }
}

extension UInt8 {
    var isLetterOrDigit: Bool {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
