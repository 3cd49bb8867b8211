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

    /// Names are 1 to 100 characters, without control characters; surrounding white space is not part of them.
    package static func name(from typed: String) -> String? {
        let name = typed.trimmingWhitespace
        let hasControls = name.unicodeScalars.contains { $0.properties.generalCategory == .control }
        return (1...100).contains(name.count) && name.utf8.count <= 400 && !hasControls ? name : nil
    }
}

extension User {
    static let columns = "id, email, name, verified_at, disabled_at, created_at"

    init(_ row: Row) throws {
        id = try row.id(0)
        let stored = try row.text(1)
        guard let email = EmailAddress(stored) else { throw DatabaseFailure.corrupt("user \(id) has no address") }
        self.email = email
        name = try row.text(2)
        verifiedAt = try row.optionalTime(3)
        disabledAt = try row.optionalTime(4)
        createdAt = try row.time(5)
    }

    static func find(_ id: ID, in transaction: Transaction) throws -> User? {
        try transaction.row("SELECT \(columns) FROM users WHERE id = ?", .id(id)).map(User.init)
    }

    static func find(_ email: EmailAddress, in transaction: Transaction) throws -> User? {
        try transaction.row("SELECT \(columns) FROM users WHERE email_canonical = ?", .text(email.canonical))
            .map(User.init)
    }
}

extension String {
    fileprivate var trimmingWhitespace: String {
        let scalars = unicodeScalars.drop { $0.properties.isWhitespace }.reversed()
            .drop { $0.properties.isWhitespace }.reversed()
        return String(String.UnicodeScalarView(scalars))
    }
}
