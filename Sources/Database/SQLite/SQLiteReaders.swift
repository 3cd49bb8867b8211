import Dispatch
internal import GRDB
internal import GRDBSQLite
import Synchronization

/// The connections that read.
///
/// A read runs where it is called, without a hop: in WAL mode it waits for no writer and syncs nothing, and a tiny one
/// takes a few microseconds. In the rare moments when it meets a lock (another process recovers the log or holds the
/// file exclusively) it is run again on a queue of its own, which may wait.
final class SQLiteReaders: Sendable {
    private struct Connections {
        var idle: [DatabaseQueue] = []
        var isClosed = false
    }

    private enum Attempt<R> {
        case done(Result<R, any Error>)
        case locked(DatabaseFailure)
    }

    private let open: @Sendable (_ busyTimeout: Duration) throws -> DatabaseQueue
    private let busyTimeout: Duration
    private let connections = Mutex(Connections())
    private let reads = Atomic(UInt(0))
    private static let readsBetweenYields: UInt = 16
    private let patient = DispatchQueue(label: "latchkey.database.locked-reads", qos: .userInitiated)

    init(busyTimeout: Duration, open: @escaping @Sendable (_ busyTimeout: Duration) throws -> DatabaseQueue) {
        self.busyTimeout = busyTimeout
        self.open = open
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        // A task that reads in a loop never suspends by itself; it would keep its thread from all others.
        if reads.wrappingAdd(1, ordering: .relaxed).newValue % Self.readsBetweenYields == 0 { await Task.yield() }
        switch try attempt(body, timeout: .zero) {
        case .done(let result): return try result.get()
        case .locked: return try await readPatiently(body)
        }
    }

    /// Closes the idle connections now and the others when their body ends.
    func close() throws {
        let idle = connections.withLock { connections in
            connections.isClosed = true
            defer { connections.idle = [] }
            return connections.idle
        }
        for connection in idle { try connection.close() }
    }

    /// The time in the queue counts: no caller waits longer than the busy timeout in all.
    private func readPatiently<R: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> R
    ) async throws -> R {
        let deadline = ContinuousClock.now + busyTimeout
        return try await withCheckedThrowingContinuation { continuation in
            patient.async {
                let timeout = max(.zero, deadline - ContinuousClock.now)
                continuation.resume(
                    with: Result {
                        switch try self.attempt(body, timeout: timeout) {
                        case .done(let result): return try result.get()
                        case .locked(let failure): throw failure
                        }
                    })
            }
        }
    }

    private func attempt<R>(_ body: (Transaction) throws -> R, timeout: Duration) throws -> Attempt<R> {
        let connection: DatabaseQueue
        do {
            connection = try take() ?? open(timeout)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            return .locked(DatabaseFailure(error))
        } catch {
            throw DatabaseFailure(error).during("a connection for reading")
        }
        defer { put(connection) }
        return connection.inDatabase { connection in
            sqlite3_busy_timeout(connection.sqliteConnection, CInt(timeout.milliseconds))
            let statements = SQLiteStatements(connection, .reading)
            let result = Result {
                // A former read's COMMIT may have failed.
                if !connection.isOutsideTransaction { try connection.perform("ROLLBACK") }
                try connection.perform("BEGIN DEFERRED")
                return try body(Transaction(statements))
            }
            if !connection.isOutsideTransaction { try? connection.perform("COMMIT") }
            if let failure = statements.failure {
                return statements.metLock ? .locked(failure) : .done(result.flatMap { _ in .failure(failure) })
            }
            return .done(result)
        }
    }

    /// An idle connection, if there is one. There are never more than threads that read at once.
    private func take() throws -> DatabaseQueue? {
        try connections.withLock { connections in
            if connections.isClosed { throw DatabaseFailure.unavailable("the database is closed") }
            return connections.idle.popLast()
        }
    }

    private func put(_ connection: DatabaseQueue) {
        let isClosed = connections.withLock { connections in
            if !connections.isClosed { connections.idle.append(connection) }
            return connections.isClosed
        }
        if isClosed { try? connection.close() }
    }
}
