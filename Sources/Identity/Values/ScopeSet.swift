import JOSE

/// Scopes in the order they were first named, each once (RFC 6749 §3.3).
///
/// Kept as the text that they are on the wire and in the database: what is done most with a token's scopes is to hand
/// them on, and only who looks at single names pays for parting them.
package struct ScopeSet: Hashable, Sendable, CustomStringConvertible {
    /// Separated by single spaces.
    package let description: String

    /// At most so many scopes in one request, and so many octets in all.
    package static let maximumCount = 100
    package static let maximumLength = 4_096

    package init(_ names: some Sequence<String> = []) {
        var distinct: [String] = []
        for name in names where !distinct.contains(name) { distinct.append(name) }
        self.init(distinct: distinct)
    }

    /// Reads the space-separated form. Nil when a character is outside RFC 6749's `scope-token`, or it is too long.
    package init?(parsing text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        let words = text.words
        guard words.count <= Self.maximumCount, words.allSatisfy(Self.isToken) else { return nil }
        self.init(words)
    }

    /// Takes what we wrote ourselves, into the database or a token.
    package init(stored text: String) {
        description = text
    }

    /// Takes what is known to name each scope once.
    package init(distinct names: [String]) {
        description = names.wordList
    }

    package var names: [String] { description.words }

    package var isEmpty: Bool { description.isEmpty }

    package func contains(_ name: String) -> Bool { description.hasWord(name) }

    package func intersection(_ other: ScopeSet) -> ScopeSet {
        // Mostly both are the same, and nothing needs to be parted.
        if description == other.description { return self }
        let others = Set(other.names)
        return ScopeSet(distinct: names.filter(others.contains))
    }

    package func subtracting(_ other: Set<String>) -> [String] { names.filter { !other.contains($0) } }

    private static func isToken(_ word: String) -> Bool {
        word.utf8.allSatisfy { $0 == 0x21 || (0x23...0x5B).contains($0) || (0x5D...0x7E).contains($0) }
    }
}
