package import Database
package import JOSE

/// What a doctor asks a database whose schema is current. Nothing is written.
package struct Inspection: Sendable {
    private let database: Database

    package init(_ database: Database) {
        self.database = database
    }

    /// The key IDs of all signing keys, as the key set should have them.
    package func publishedKeyIDs() async throws -> [String] {
        try await database.read { transaction in
            try transaction.rows("SELECT key_id FROM signing_keys ORDER BY key_id").map { try $0.text(0) }
        }
    }

    /// When the latest event of the audit happened, by the clock of the node that wrote it.
    package func latestEvent() async throws -> Instant? {
        try await database.read { transaction in
            try transaction.row("SELECT at FROM audit_events ORDER BY id DESC LIMIT 1")?.time(0)
        }
    }
}
