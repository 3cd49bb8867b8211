/// The entries of a CBOR map, in the order in which they were written. Keys are unique, and numbers or texts.
package struct CBORMap: Hashable, Sendable {
    /// One entry.
    package struct Entry: Hashable, Sendable {
        /// A number or a text.
        package let key: CBORValue
        /// What stands under it.
        package let value: CBORValue
    }

    /// All entries, in order.
    package let entries: [Entry]

    /// A map of entries that are sorted already.
    package init(sorted entries: [(key: CBORValue, value: CBORValue)]) {
        self.entries = entries.map { Entry(key: $0.key, value: $0.value) }
    }

    init(_ entries: [Entry]) {
        self.entries = entries
    }

    /// The value under a text, compared byte for byte.
    package subscript(_ name: String) -> CBORValue? {
        entries.first { $0.key.text?.utf8.elementsEqual(name.utf8) ?? false }?.value
    }

    /// The value under a number.
    package subscript(_ number: Int64) -> CBORValue? {
        entries.first { $0.key.integer == number }?.value
    }

    /// Whether there are entries under these texts and no others.
    func hasOnly(_ names: Set<String>) -> Bool {
        entries.count == names.count && names.allSatisfy { self[$0] != nil }
    }

    /// Whether there are entries under these numbers and no others.
    func hasOnly(_ numbers: Set<Int64>) -> Bool {
        entries.count == numbers.count && numbers.allSatisfy { self[$0] != nil }
    }
}
