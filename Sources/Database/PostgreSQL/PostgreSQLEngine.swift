import Dispatch
import Logging

/// PostgreSQL through libpq: each transaction on a pooled connection, at once with others.
///
/// A write is not answered before its commit, and what its caller prepares "while committing" is prepared after it:
/// until then a conflict may still make the body run again, with another result.
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
        let address = try PostgreSQLAddress(location)
        try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Void, any Error>) in
            let isStarted = startThread {
                caller.resume(with: Result { try migrate(address, migrations, logger, options) })
            }
            if !isStarted { caller.resume(throwing: DatabaseFailure.unavailable("no thread can be started")) }
        }
        return PostgreSQLEngine(address, options)
    }

    /// What is recorded in a database as applied. Changes nothing.
    static func appliedMigrations(at location: String) async throws -> [MigrationPlan.Applied] {
        let address = try PostgreSQLAddress(location)
        let options = PostgreSQLOptions()
        return try await withCheckedThrowingContinuation {
            (caller: CheckedContinuation<[MigrationPlan.Applied], any Error>) in
            let isStarted = startThread {
                caller.resume(
                    with: Result {
                        try telling(of: address) {
                            let session = try PostgreSQLSession(address, connectTimeout: options.connectTimeout)
                            let silent = Logger(label: "") { _ in SwiftLogNoOpLogHandler() }
                            return try PostgreSQLMigrations(session, until: .now, logger: silent).applied()
                        }
                    })
            }
            if !isStarted { caller.resume(throwing: DatabaseFailure.unavailable("no thread can be started")) }
        }
    }

    /// How many transactions wait for a connection.
    var waitingJobs: Int { pool.waitingJobs }

    func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await run(PostgreSQLTransaction(access: .reading, body: body))
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await run(PostgreSQLTransaction(access: .writing, body: body))
    }

    func writeAhead<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> Uncommitted<R> {
        let value = try await write(body)
        let commitment = Commitment()
        commitment.settle(.success(()))
        return Uncommitted(value: value, commitment: commitment)
    }

    func close() async {
        await pool.close()
    }

    private func run<R: Sendable>(_ transaction: PostgreSQLTransaction<R>) async throws -> R {
        let deadline = ContinuousClock.now + pool.options.patience
        return try await withCheckedThrowingContinuation { caller in
            pool.submit(PostgreSQLJob(transaction, until: deadline, caller))
        }
    }

    private static func migrate(
        _ address: PostgreSQLAddress, _ migrations: [Migration], _ logger: Logger, _ options: PostgreSQLOptions
    ) throws {
        try telling(of: address) {
            let session = try PostgreSQLSession(address, connectTimeout: options.connectTimeout)
            try PostgreSQLMigrations(session, until: .now + options.migration, logger: logger).apply(migrations)
        }
    }

    /// Errors in the words of this module.
    private static func telling<R>(of address: PostgreSQLAddress, _ action: () throws -> R) throws -> R {
        do {
            return try action()
        } catch let failure as PostgreSQLFailure {
            throw failure.told
        } catch {
            throw DatabaseFailure(error).during(address.description)
        }
    }
}
