import JOSE

/// Scopes in the order they were first named, each once (RFC 6749 §3.3).
package struct ScopeSet: Hashable, Sendable, CustomStringConvertible {
    package private(set) var names: [String]

    /// At most so many scopes in one request, and so many octets in all.
    package static let maximumCount = 100
    package static let maximumLength = 4_096

    package init(_ names: some Sequence<String> = []) {
        self.names = []
        for name in names where !self.names.contains(name) {
            self.names.append(name)
        }
    }

    /// Reads the space-separated form. Nil when a character is outside RFC 6749's `scope-token`, or it is too long.
    package init?(parsing text: String) {
        guard text.utf8.count <= Self.maximumLength else { return nil }
        let words = text.words
        guard words.count <= Self.maximumCount, words.allSatisfy(Self.isToken) else { return nil }
        self.init(words)
    }

    /// Reads what we stored ourselves.
    init(stored text: String) {
        names = text.words
    }

    /// Takes what is known to name each scope once: the claims of a token we signed.
    package init(distinct names: [String]) {
        self.names = names
    }

    package var isEmpty: Bool { names.isEmpty }

    /// Space-separated, as on the wire and in the database.
    package var description: String { names.wordList }

    package func contains(_ name: String) -> Bool { names.contains(name) }

    package func subtracting(_ other: Set<String>) -> [String] { names.filter { !other.contains($0) } }

    private static func isToken(_ word: String) -> Bool {
        word.utf8.allSatisfy { $0 == 0x21 || (0x23...0x5B).contains($0) || (0x5D...0x7E).contains($0) }
    }
}
