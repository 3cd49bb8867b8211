public import Logging

/// Portable SQL in transactions: the rows of Latchkey, on disk before anyone is told so.
///
/// This module owns connections, transactions, migrations and the translation of an engine's errors. It must not know
/// what the rows mean, and it reads neither the clock nor the environment. No type of an engine's library appears in
/// what it offers; an engine is one conformance to `Engine`, in a folder of its own.
public struct Database: Sendable {
    private let engine: any Engine
    private let health = WriteHealth()

    init(engine: any Engine) {
        self.engine = engine
    }

    /// Opens the database, makes it if need be, and brings its schema up to date.
    ///
    /// - Parameters:
    ///   - location: where the rows live.
    ///   - migrations: all of them, by ascending number; those not yet applied are applied, each in a transaction.
    ///   - logger: hears of applied migrations, snapshots and failing checkpoints.
    ///   - observer: is told of each commit.
    /// - Throws: `DatabaseFailure.unavailable` when it cannot be opened, `.misuse` when the applied migrations are not
    ///   those given here (changed, missing, or newer than this program), `.corrupt` when it is no database.
    public static func open(
        _ location: DatabaseLocation, migrations: [Migration], logger: Logger,
        observer: DatabaseObserver = DatabaseObserver()
    ) async throws -> Database {
        try await open(location, .migrating(migrations), logger: logger, observer: observer)
    }

    /// Opens a database that is there, beside a server that may be running on it: nothing is made and nothing migrated.
    ///
    /// - Throws: `DatabaseFailure.unavailable` when there is none or it cannot be opened, `.misuse` when its schema is
    ///   not that of these migrations (older, newer or changed), `.corrupt` when it is no database.
    public static func openExisting(
        _ location: DatabaseLocation, migrations: [Migration], logger: Logger
    ) async throws -> Database {
        try await open(location, .asItIs(migrations), logger: logger, observer: DatabaseObserver())
    }

    private static func open(
        _ location: DatabaseLocation, _ schema: SchemaPolicy, logger: Logger, observer: DatabaseObserver
    ) async throws -> Database {
        switch location {
        case .sqlite(let path):
            var options = SQLiteOptions()
            options.observer = observer
            return Database(
                engine: try await SQLiteEngine.open(SQLiteFile(path: path), schema, logger: logger, options: options))
        case .postgresql(let connection, let connections):
            var options = PostgreSQLOptions()
            options.connections = max(1, connections)
            options.observer = observer
            return Database(
                engine: try await PostgreSQLEngine.open(connection, schema, logger: logger, options: options))
        }
    }

    /// Runs a body over one consistent snapshot: what commits while it runs stays out of its sight.
    ///
    /// - Parameter body: synchronous and short. It may not write.
    /// - Throws: what the body throws; `DatabaseFailure.unavailable` when the database cannot be read now.
    public func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await engine.read(body)
    }

    /// Runs a body in a transaction of its own; the changes are on disk when this returns.
    ///
    /// A throw undoes this body alone. A task that is cancelled before its write was queued gets a `CancellationError`
    /// and has written nothing; later cancellation is not heeded, and the answer tells what happened.
    ///
    /// - Parameter body: synchronous, and short, for all writers wait for it. On some engines it may run again when a
    ///   commit met a conflict, so it changes nothing but rows.
    /// - Throws: what the body throws; `DatabaseFailure.unavailable` when the commit failed (nothing was written) or
    ///   too many writes wait.
    @discardableResult
    public func write<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try Task.checkCancellation()
        return try await health.noting { try await engine.write(body) }
    }

    /// Writes of one kind that may go together, as the engine sees fit.
    ///
    /// - Parameter body: writes one item or several. Synchronous and short; it may run again, as that of `write`.
    public func jointWrites<Item: Sendable, Outcome: Sendable>(
        _ body: @escaping JointWrites<Item, Outcome>.Body
    ) -> JointWrites<Item, Outcome> {
        engine.jointWrites(body).noting(health)
    }

    /// Whether the last write found the storage able to take it.
    public var takesWrites: Bool { health.isGood }

    /// Writes something that leaves no trace, to learn whether the storage takes writes again.
    public func probe() async throws {
        // An UPDATE to what a row holds already would not do: SQLite sees that, and writes nothing.
        try await write { transaction in
            try transaction.run("INSERT INTO schema_migrations (number, name, hash) VALUES (0, 'probe', '')")
            try transaction.run("DELETE FROM schema_migrations WHERE number = 0")
        }
    }

    /// How many transactions wait at this moment: for the next batch, or for a connection.
    public var waiting: Int { engine.waiting }

    /// Lets the queued writes finish, then closes every connection; later calls are refused as `.unavailable`.
    ///
    /// - Throws: `DatabaseFailure.unavailable` when a connection would not close.
    public func close() async throws {
        try await engine.close()
    }
}
