import Dispatch
internal import GRDB
import Logging

/// SQLite in WAL mode: one writer with group commit, readers over snapshots, checkpoints beside them.
final class SQLiteEngine: Engine {
    private let writer: SQLiteWriter
    private let readers: SQLiteReaders
    private let checkpointer: SQLiteCheckpointer

    /// An engine over a file whose schema is up to date.
    init(writingOn connection: DatabaseQueue, of file: SQLiteFile, logger: Logger, options: SQLiteOptions) throws {
        checkpointer = SQLiteCheckpointer(try file.openCheckpointer(), limits: options, logger: logger)
        writer = SQLiteWriter(connection, checkpointer: checkpointer, limit: options.waitingWrites)
        readers = SQLiteReaders(busyTimeout: options.busyTimeout) { try file.openReader(busyTimeout: $0) }
    }

    /// Opens the file, off the caller's thread.
    static func open(
        _ file: SQLiteFile, migrations: [Migration], logger: Logger, options: SQLiteOptions = SQLiteOptions()
    ) async throws -> SQLiteEngine {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "latchkey.database.open").async {
                continuation.resume(
                    with: Result { try start(file, migrations: migrations, logger: logger, options: options) })
            }
        }
    }

    private static func start(
        _ file: SQLiteFile, migrations: [Migration], logger: Logger, options: SQLiteOptions
    ) throws -> SQLiteEngine {
        do {
            try file.create()
            return try file.startingAlone {
                let connection = try file.openWriter(options)
                try SQLiteMigrations(connection, file: file, logger: logger).apply(migrations)
                return try SQLiteEngine(writingOn: connection, of: file, logger: logger, options: options)
            }
        } catch {
            throw DatabaseFailure(error).during(file.path)
        }
    }

    /// What is recorded in a file as applied; nothing when there is no file. Changes nothing, and waits for nobody.
    static func appliedMigrations(in file: SQLiteFile) async throws -> [MigrationPlan.Applied] {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "latchkey.database.look").async {
                continuation.resume(
                    with: Result {
                        guard try file.isThere() else { return [] }
                        do {
                            return try file.openReader(busyTimeout: .seconds(5)).inDatabase(SQLiteMigrations.applied)
                        } catch {
                            throw DatabaseFailure(error).during(file.path)
                        }
                    })
            }
        }
    }

    /// How many writes wait for the next batch.
    var waitingWrites: Int { writer.waitingWrites }

    func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await readers.read(body)
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { writer.submit(QueuedWrite(body, $0)) }
    }

    func writeAhead<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> Uncommitted<R> {
        try await withCheckedThrowingContinuation { writer.submit(QueuedWrite(ahead: body, $0)) }
    }

    /// The checkpointer's connection goes last: the last to close copies the whole log into the file and deletes it.
    func close() async throws {
        do {
            try await writer.close()
            try readers.close()
            try checkpointer.close()
        } catch {
            throw DatabaseFailure(error).during("closing")
        }
    }
}
