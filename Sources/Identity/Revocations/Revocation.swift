package import JOSE

/// The end of something that tokens stand on, in the words of their claims: no token that names it and was issued by
/// then is good any more.
package struct Revocation: Hashable, Comparable, Sendable {
    /// What a token says in `sid`, `sub` or `client_id`; ``everything`` for all tokens.
    package let name: String
    package let at: Instant

    /// The name that every token has: the database was put back from a copy.
    package static let everything = "*"

    package init(_ name: String, at: Instant) {
        self.name = name
        self.at = at
    }

    package static func < (left: Self, right: Self) -> Bool {
        (left.at, left.name) < (right.at, right.name)
    }
}
