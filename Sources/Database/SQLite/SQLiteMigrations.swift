internal import GRDB
import Logging

/// Brings the schema of a file up to date, keeping a copy of what was there before.
struct SQLiteMigrations {
    private let connection: DatabaseQueue
    private let file: SQLiteFile
    private let logger: Logger
    private let keepsSnapshot: Bool

    init(_ connection: DatabaseQueue, file: SQLiteFile, logger: Logger, keepsSnapshot: Bool = true) {
        self.connection = connection
        self.keepsSnapshot = keepsSnapshot
        self.file = file
        self.logger = logger
    }

    func apply(_ migrations: [Migration]) throws {
        try connection.inDatabase { connection in
            let pending = try MigrationPlan(known: migrations, applied: try Self.applied(connection)).pending
            guard let first = pending.first else { return }
            let isNew = try isFresh(connection)
            if keepsSnapshot, !isNew {
                let copy = try file.snapshot(before: first.number, over: connection)
                logger.notice("copied the database before migrating it", metadata: ["copy": "\(copy)"])
            }
            // Rebuilding a table drops it, and that would cascade. The setting has no effect inside a transaction.
            try connection.execute(sql: "PRAGMA foreign_keys = OFF")
            let log = MigrationLog(logger, isNew: isNew)
            var last: Migration?
            for migration in pending where try apply(migration, of: migrations, on: connection) {
                log.applied(migration)
                last = migration
            }
            try connection.execute(sql: "PRAGMA foreign_keys = ON")
            log.finished(last, of: migrations)
        }
    }

    /// Changes nothing. Throws `.misuse` when the schema is not that of these migrations.
    func requireApplied(_ migrations: [Migration]) throws {
        try connection.inDatabase { connection in
            try MigrationPlan(known: migrations, applied: try Self.applied(connection)).requireNothingPending()
        }
    }

    /// False when another process was first.
    private func apply(_ migration: Migration, of known: [Migration], on connection: GRDB.Database) throws -> Bool {
        var isApplied = false
        do {
            try connection.inTransaction(.immediate) {
                // Another process may have started at the same moment and have been first.
                let pending = try MigrationPlan(known: known, applied: try Self.applied(connection)).pending
                guard pending.contains(migration) else { return .commit }
                try connection.execute(sql: MigrationPlan.recordTable)
                try connection.execute(sql: migration.sql)
                try connection.checkForeignKeys()
                try connection.execute(
                    sql: "INSERT INTO schema_migrations (number, name, hash) VALUES (?, ?, ?)",
                    arguments: [migration.number, migration.name, migration.hash])
                isApplied = true
                return .commit
            }
        } catch {
            throw DatabaseFailure(error).during("migration \(migration.number) (\(migration.name))")
        }
        return isApplied
    }

    /// Makes sure that a file is a database of this program, and of no newer version of it.
    static func requireOurs(_ connection: GRDB.Database, known: [Migration]) throws {
        let applied = try applied(connection)
        guard !applied.isEmpty else { throw DatabaseFailure.misuse("it is no database of this program") }
        _ = try MigrationPlan(known: known, applied: applied)
    }

    private func isFresh(_ connection: GRDB.Database) throws -> Bool {
        try Bool.fetchOne(connection, sql: "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)") ?? true
    }

    /// What is recorded as applied.
    static func applied(_ connection: GRDB.Database) throws -> [MigrationPlan.Applied] {
        // Not GRDB's `tableExists`: it remembers what it saw before another process made the table.
        let exists = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations')"
        guard try Bool.fetchOne(connection, sql: exists) == true else { return [] }
        let rows = try GRDB.Row.fetchAll(
            connection, sql: "SELECT number, name, hash FROM schema_migrations ORDER BY number")
        return rows.map { MigrationPlan.Applied(number: $0[0], name: $0[1], hash: $0[2]) }
    }
}
