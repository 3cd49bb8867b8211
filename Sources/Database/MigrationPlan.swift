/// What opening a database may do to its schema.
enum SchemaPolicy: Sendable {
    /// Make the database if need be, and bring its schema up to date.
    case migrating([Migration])
    /// The schema is that of these migrations already, or the database is not opened.
    case asItIs([Migration])
}

/// What is left to apply, or why nothing may be. Pure: engines bring what they find recorded.
struct MigrationPlan {
    /// A migration as recorded in `schema_migrations` when it was applied.
    struct Applied: Hashable, Sendable {
        let number: Int
        let name: String
        let hash: String
    }

    /// The portable statement by which an engine makes its record.
    static let recordTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            hash TEXT NOT NULL
        )
        """

    let pending: [Migration]

    /// - Throws: `.misuse` naming the migration and what to do about it.
    init(known: [Migration], applied: [Applied]) throws(DatabaseFailure) {
        try Self.requireOrder(known)
        let newest = known.last?.number ?? 0
        for record in applied {
            if record.number > newest {
                throw .misuse(
                    "migration \(record.number) (\(record.name)) is unknown here: "
                        + "a newer version of this program has used this database; start that version")
            }
            guard let migration = known.first(where: { $0.number == record.number }) else {
                throw .misuse(
                    "migration \(record.number) (\(record.name)) was applied but is missing from this program")
            }
            guard migration.hash == record.hash, migration.name == record.name else {
                throw .misuse("migration \(record.number) (\(record.name)) was changed after it had been applied")
            }
        }
        let last = applied.map(\.number).max() ?? 0
        let pending = known.filter { migration in !applied.contains { $0.number == migration.number } }
        if let late = pending.first(where: { $0.number < last }) {
            throw .misuse("migration \(late.number) (\(late.name)) was added before migration \(last), already applied")
        }
        self.pending = pending
    }

    /// For a program that uses a schema and leaves it as it is.
    ///
    /// - Throws: `.misuse` when a migration is yet to be applied.
    func requireNothingPending() throws(DatabaseFailure) {
        guard let first = pending.first else { return }
        throw .misuse(
            "migration \(first.number) (\(first.name)) is not applied yet: the server applies it at its start")
    }

    private static func requireOrder(_ known: [Migration]) throws(DatabaseFailure) {
        var previous = 0
        for migration in known {
            guard migration.number > previous else {
                throw .misuse("migration \(migration.number) (\(migration.name)) does not follow \(previous)")
            }
            previous = migration.number
        }
    }
}
