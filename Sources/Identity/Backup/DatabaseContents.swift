package import Database

/// How much there is in a database: told to whoever makes a copy, so that they see that it is the right one.
package struct DatabaseContents: Hashable, Sendable {
    package let users: Int64
    /// Logins that nobody has ended.
    package let grants: Int64
    package let auditEvents: Int64

    package init(in transaction: Transaction) throws {
        func count(_ sql: String) throws -> Int64 { try transaction.row(sql)?.integer(0) ?? 0 }
        users = try count("SELECT COUNT(*) FROM users")
        grants = try count("SELECT COUNT(*) FROM grants WHERE revoked_at IS NULL")
        auditEvents = try count("SELECT COUNT(*) FROM audit_events")
    }
}
