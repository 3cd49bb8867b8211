import Logging

/// Brings the schema up to date, whoever else does so at the same moment.
///
/// The row of `schema_lock` is held while a migration runs, so that of several nodes that start at once each migration
/// is applied by one, and the others find it applied. A lock row, not an advisory lock: every engine that speaks
/// PostgreSQL's language has rows.
struct PostgreSQLMigrations {
    private let session: PostgreSQLSession
    private let deadline: ContinuousClock.Instant
    private let logger: Logger

    private static let lockTable = """
        CREATE TABLE IF NOT EXISTS schema_lock (id INTEGER PRIMARY KEY CHECK (id = 1))
        """

    init(_ session: PostgreSQLSession, until deadline: ContinuousClock.Instant, logger: Logger) {
        self.session = session
        self.deadline = deadline
        self.logger = logger
    }

    func apply(_ migrations: [Migration]) throws {
        // A role that may not change the schema can use one that is up to date.
        let applied = try Self.applied(session)
        guard try !MigrationPlan(known: migrations, applied: applied).pending.isEmpty else { return }
        try makeLock()
        let log = MigrationLog(logger, isNew: applied.isEmpty)
        var last: Migration?
        while let migration = try applyNextPersistently(of: migrations) {
            log.applied(migration)
            last = migration
        }
        log.finished(last, of: migrations)
    }

    /// Changes nothing. Throws `.misuse` when the schema is not that of these migrations.
    func requireApplied(_ migrations: [Migration]) throws {
        try MigrationPlan(known: migrations, applied: Self.applied(session)).requireNothingPending()
    }

    /// Makes what the lock consists of. Of several that make one table at once all but one may fail, in several ways,
    /// for `IF NOT EXISTS` looks only at what is committed: then it is tried again.
    private func makeLock() throws {
        var pause = ConflictPause()
        for attempt in 1... {
            do {
                try session.run(PostgreSQLDialect(MigrationPlan.recordTable).sql)
                try session.run(PostgreSQLDialect(Self.lockTable).sql)
                try session.run("INSERT INTO schema_lock (id) VALUES (1) ON CONFLICT DO NOTHING")
                return
            } catch {
                if case .lost = error { throw error }
                guard attempt < 20, pause.wait(until: deadline) else { throw error }
            }
        }
    }

    /// Applies one migration in a transaction of its own, and says which. Nil when none is left.
    private func applyNext(of migrations: [Migration]) throws -> Migration? {
        // Each statement sees what was committed before it: so the record is read as it is once the lock is held.
        try session.run("BEGIN ISOLATION LEVEL READ COMMITTED")
        do {
            try session.run("SELECT id FROM schema_lock WHERE id = 1 FOR UPDATE")
            let next = try MigrationPlan(known: migrations, applied: Self.applied(session)).pending.first
            if let next { try apply(next) }
            try session.run("COMMIT")
            return next
        } catch {
            try? session.run("ROLLBACK")
            throw error
        }
    }

    private func apply(_ migration: Migration) throws {
        do {
            try session.run(PostgreSQLDialect(migration.sql).sql)
        } catch .refused(let failure) {
            throw failure.during("migration \(migration.number) (\(migration.name))")
        }
        _ = try session.rows(
            "INSERT INTO schema_migrations (number, name, hash) VALUES (?, ?, ?)",
            .integer(Int64(migration.number)), .text(migration.name), .text(migration.hash))
    }

    /// Makes sure that a database is one of this program, and of no newer version of it.
    static func requireOurs(_ session: PostgreSQLSession, known: [Migration]) throws {
        let applied = try applied(session)
        guard !applied.isEmpty else { throw DatabaseFailure.misuse("it is no database of this program") }
        _ = try MigrationPlan(known: known, applied: applied)
    }

    /// What is recorded as applied.
    static func applied(_ session: PostgreSQLSession) throws -> [MigrationPlan.Applied] {
        let exists = try session.rows(
            """
            SELECT 1 FROM information_schema.tables
            WHERE table_schema = current_schema() AND table_name = 'schema_migrations'
            """)
        if exists.isEmpty { return [] }
        return try session.rows("SELECT number, name, hash FROM schema_migrations ORDER BY number").map { row in
            MigrationPlan.Applied(
                number: Int(try row.integer(0)), name: try row.text(1), hash: try row.text(2))
        }
    }

    private func applyNextPersistently(of migrations: [Migration]) throws -> Migration? {
        var pause = ConflictPause()
        while true {
            do {
                return try applyNext(of: migrations)
            } catch PostgreSQLFailure.conflict where pause.wait(until: deadline) {
                continue
            }
        }
    }
}
