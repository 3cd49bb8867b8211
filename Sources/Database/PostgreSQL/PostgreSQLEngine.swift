import Dispatch
import Logging

/// PostgreSQL through libpq: each transaction on a pooled connection, at once with others.
///
/// A write is not answered before its commit, and what its caller prepares "while committing" is prepared after it:
/// until then a conflict may still make the body run again, with another result. The next transaction goes on meanwhile.
final class PostgreSQLEngine: Engine {
    private let pool: PostgreSQLPool

    /// An engine over a database whose schema is up to date.
    init(_ address: PostgreSQLAddress, _ options: PostgreSQLOptions) {
        pool = PostgreSQLPool(address, options)
    }

    deinit {
        pool.abandon()
    }

    /// Connects and migrates, off the caller's thread.
    static func open(
        _ location: String, migrations: [Migration], logger: Logger, options: PostgreSQLOptions = PostgreSQLOptions()
    ) async throws -> PostgreSQLEngine {
        try await open(location, .migrating(migrations), logger: logger, options: options)
    }

    static func open(
        _ location: String, _ schema: SchemaPolicy, logger: Logger, options: PostgreSQLOptions = PostgreSQLOptions()
    ) async throws -> PostgreSQLEngine {
        let address = try PostgreSQLAddress(location)
        try await withSession(address, options) { session in
            let migrations = PostgreSQLMigrations(session, until: .now + options.migration, logger: logger)
            switch schema {
            case .migrating(let known): try migrations.apply(known)
            case .asItIs(let known): try migrations.requireApplied(known)
            }
        }
        return PostgreSQLEngine(address, options)
    }

    /// Connects to a database as it is.
    static func inspect(
        _ location: String, migrations: [Migration], options: PostgreSQLOptions
    ) async throws -> PostgreSQLEngine {
        let address = try PostgreSQLAddress(location)
        try await withSession(address, options) { try PostgreSQLMigrations.requireOurs($0, known: migrations) }
        return PostgreSQLEngine(address, options)
    }

    /// What is recorded in a database as applied. Changes nothing.
    static func appliedMigrations(at location: String) async throws -> [MigrationPlan.Applied] {
        try await withSession(PostgreSQLAddress(location), PostgreSQLOptions(), PostgreSQLMigrations.applied)
    }

    /// How many transactions wait for a connection.
    var waitingJobs: Int { pool.waitingJobs }

    var waiting: Int { waitingJobs }

    func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await run(PostgreSQLTransaction(access: .reading, observer: pool.options.observer, body: body))
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await run(PostgreSQLTransaction(access: .writing, observer: pool.options.observer, body: body))
    }

    func jointWrites<Item: Sendable, Outcome: Sendable>(
        _ body: @escaping JointWrites<Item, Outcome>.Body
    ) -> JointWrites<Item, Outcome> {
        let lanes = (0..<pool.options.lanes).map { _ in PostgreSQLLane(pool, body) }
        return JointWrites { item, key in
            let lane = lanes[Int(UInt64(bitPattern: key) % UInt64(lanes.count))]
            return try await withCheckedThrowingContinuation { lane.submit(item, $0) }
        }
    }

    func close() async {
        await pool.close()
    }

    private func run<R: Sendable>(_ transaction: PostgreSQLTransaction<R>) async throws -> R {
        let deadline = ContinuousClock.now + pool.options.patience
        return try await withCheckedThrowingContinuation { caller in
            pool.submit(PostgreSQLJob(transaction, until: deadline) { caller.resume(with: $0) })
        }
    }

    /// Uses a connection for something that blocks, on a thread of its own.
    private static func withSession<R: Sendable>(
        _ address: PostgreSQLAddress, _ options: PostgreSQLOptions,
        _ work: @escaping @Sendable (PostgreSQLSession) throws -> R
    ) async throws -> R {
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<R, any Error>) in
            let isStarted = startThread {
                caller.resume(
                    with: Result {
                        do {
                            return try work(PostgreSQLSession(address, connectTimeout: options.connectTimeout))
                        } catch let failure as PostgreSQLFailure {
                            throw failure.told
                        } catch {
                            throw DatabaseFailure(error).during(address.description)
                        }
                    })
            }
            if !isStarted { caller.resume(throwing: DatabaseFailure.unavailable("no thread can be started")) }
        }
    }
}
