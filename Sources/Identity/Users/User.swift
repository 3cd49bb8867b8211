import Database
package import JOSE

/// A person.
package struct User: Sendable, Identified {
    package static let identifierPrefix = "usr"
    package typealias ID = Identifier<User>

    package let id: ID
    package var email: EmailAddress
    package var name: String
    package var verifiedAt: Instant?
    package var disabledAt: Instant?
    package let createdAt: Instant

    /// Names are 1 to 100 characters, without control characters and without those that turn the direction of text, by
    /// which a name could be read as an address that it is not (UTR 36 §3.3). Surrounding white space is not part of
    /// them. The joiners stay: emoji and Persian are written with them.
    package static func name(from typed: String) -> String? {
        let name = typed.trimmingWhitespace
        let hasControls = name.unicodeScalars.contains {
            $0.properties.generalCategory == .control || $0.properties.isBidiControl
        }
        return (1...100).contains(name.count) && name.utf8.count <= 400 && !hasControls ? name : nil
    }
}

extension User {
    static let columns = "u.id, u.email, u.name, u.verified_at, u.disabled_at, u.created_at"
    static let columnCount = 6

    /// - Parameter first: the column at which the user's columns begin.
    init(_ row: Row, first: Int = 0) throws {
        id = try row.id(first)
        let stored = try row.text(first + 1)
        guard let email = EmailAddress(stored) else { throw DatabaseFailure.corrupt("user \(id) has no address") }
        self.email = email
        name = try row.text(first + 2)
        verifiedAt = try row.optionalTime(first + 3)
        disabledAt = try row.optionalTime(first + 4)
        createdAt = try row.time(first + 5)
    }

    static func find(_ id: ID, in transaction: Transaction) throws -> User? {
        try transaction.row("SELECT \(columns) FROM users u WHERE u.id = ?", .id(id)).map { try User($0) }
    }

    static func find(_ email: EmailAddress, in transaction: Transaction) throws -> User? {
        try transaction.row("SELECT \(columns) FROM users u WHERE u.email_canonical = ?", .text(email.canonical))
            .map { try User($0) }
    }
}

extension String {
    fileprivate var trimmingWhitespace: String {
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }.reversed()
            .drop { $0.properties.isWhitespace }.reversed()
        return String(String.UnicodeScalarView(scalars))
    }
}
