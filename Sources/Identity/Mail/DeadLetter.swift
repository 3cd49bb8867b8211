import Database
package import JOSE

/// A message that was given up: to whom, when and why. What it said is not kept, for a link in it has long expired.
package struct DeadLetter: Hashable, Sendable {
    package let id: OutgoingMail.ID
    /// As it stands in the queue: it may be no address any more.
    package let recipient: String
    package let attempts: Int64
    /// What the transport said the last time.
    package let cause: String
    package let createdAt: Instant
    package let failedAt: Instant

    /// Characters of a cause that are kept.
    static let maximumCauseLength = 1_000

    /// Moves a message from the queue to the dead letters.
    static func bury(_ mail: OutgoingMail, cause: String, in transaction: Transaction, at now: Instant) throws {
        _ = try transaction.run(
            """
            INSERT INTO dead_mail (id, recipient, attempts, cause, created_at, failed_at)
            SELECT id, recipient, attempts, ?, created_at, ? FROM outgoing_mail WHERE id = ?
            ON CONFLICT (id) DO NOTHING
            """, .text(String(cause.prefix(maximumCauseLength))), .time(now), .id(mail.id))
        _ = try transaction.run("DELETE FROM outgoing_mail WHERE id = ?", .id(mail.id))
    }
}

extension MailQueue {
    /// How full the queue is.
    package struct Lengths: Hashable, Sendable {
        /// Still to be sent.
        package let waiting: Int64
        /// Given up, and not yet swept.
        package let dead: Int64
    }

    /// For metrics and the operator.
    package func lengths() async throws -> Lengths {
        try await database.read { transaction in
            func count(_ sql: String) throws -> Int64 { try transaction.row(sql)?.integer(0) ?? 0 }
            return Lengths(
                waiting: try count("SELECT COUNT(*) FROM outgoing_mail WHERE suppressed = 0"),
                dead: try count("SELECT COUNT(*) FROM dead_mail"))
        }
    }

    /// The messages that were given up last, newest first.
    package func deadLetters(limit: Int = 100) async throws -> [DeadLetter] {
        try await database.read { transaction in
            let rows = try transaction.rows(
                """
                SELECT id, recipient, attempts, cause, created_at, failed_at FROM dead_mail
                ORDER BY failed_at DESC, id DESC LIMIT ?
                """, .integer(Int64(limit)))
            return try rows.map { row in
                DeadLetter(
                    id: try row.id(0), recipient: try row.text(1), attempts: try row.integer(2),
                    cause: try row.text(3), createdAt: try row.time(4), failedAt: try row.time(5))
            }
        }
    }
}
