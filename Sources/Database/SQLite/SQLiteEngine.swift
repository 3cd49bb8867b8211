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
        writer = SQLiteWriter(
            connection, checkpointer: checkpointer, limit: options.waitingWrites, observer: options.observer)
        readers = SQLiteReaders(busyTimeout: options.busyTimeout) { try file.openReader(busyTimeout: $0) }
    }

    /// Opens the file, off the caller's thread.
    static func open(
        _ file: SQLiteFile, migrations: [Migration], logger: Logger, options: SQLiteOptions = SQLiteOptions()
    ) async throws -> SQLiteEngine {
        try await open(file, .migrating(migrations), logger: logger, options: options)
    }

    static func open(
        _ file: SQLiteFile, _ schema: SchemaPolicy, logger: Logger, options: SQLiteOptions = SQLiteOptions()
    ) async throws -> SQLiteEngine {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "latchkey.database.open").async {
                continuation.resume(
                    with: Result { try start(file, schema, logger: logger, options: options) })
            }
        }
    }

    /// An engine that has been started, and when the copy was taken that it is over, if it is one.
    struct Started: Sendable {
        let file: SQLiteFile
        let engine: SQLiteEngine
        let takenAt: Int64?
    }

    /// What a file is expected to be.
    enum Origin {
        /// In use, or to be made.
        case database
        /// A copy that is being restored: it is checked first, and no snapshot of it is made. The path is what it is
        /// called when it is refused.
        case copy(ofAnyAge: String)
    }

    private static func start(
        _ file: SQLiteFile, _ schema: SchemaPolicy, logger: Logger, options: SQLiteOptions
    ) throws -> SQLiteEngine {
        do {
            switch schema {
            case .migrating: try file.create()
            case .asItIs: try file.requireExistence()
            }
        } catch {
            throw error.during(file.path)
        }
        return try file.startingAlone {
            switch schema {
            case .migrating(let known):
                try start(file, migrations: known, logger: logger, options: options, as: .database).engine
            case .asItIs(let known): try startAsItIs(file, known, logger, options)
            }
        }
    }

    private static func startAsItIs(
        _ file: SQLiteFile, _ migrations: [Migration], _ logger: Logger, _ options: SQLiteOptions
    ) throws -> SQLiteEngine {
        do {
            let connection = try file.openWriter(options)
            try SQLiteMigrations(connection, file: file, logger: logger).requireApplied(migrations)
            return try SQLiteEngine(writingOn: connection, of: file, logger: logger, options: options)
        } catch {
            throw DatabaseFailure(error).during(file.path)
        }
    }

    static func start(
        _ file: SQLiteFile, migrations: [Migration], logger: Logger, options: SQLiteOptions = SQLiteOptions(),
        as origin: Origin
    ) throws -> Started {
        do {
            let connection = try file.openWriter(options)
            let takenAt = try connection.inDatabase { try checked($0, file, migrations, as: origin) }
            try SQLiteMigrations(connection, file: file, logger: logger, keepsSnapshot: origin.keepsSnapshot)
                .apply(migrations)
            let engine = try SQLiteEngine(writingOn: connection, of: file, logger: logger, options: options)
            return Started(file: file, engine: engine, takenAt: takenAt)
        } catch let refusal as CopyRefusal {
            throw refusal
        } catch {
            throw DatabaseFailure(error).during(origin.path ?? file.path)
        }
    }

    /// Answers when the copy was taken.
    private static func checked(
        _ connection: GRDB.Database, _ file: SQLiteFile, _ migrations: [Migration], as origin: Origin
    ) throws -> Int64? {
        let takenAt = try SQLiteCopyMark.takenAt(connection)
        guard let path = origin.path else {
            if let takenAt { throw CopyRefusal.unrestored(path: file.path, takenAt: takenAt) }
            return nil
        }
        try SQLiteMigrations.requireOurs(connection, known: migrations)
        try SQLiteIntegrity.check(connection, path: path)
        return takenAt
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

    var waiting: Int { waitingWrites }

    func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await readers.read(body)
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { writer.submit(QueuedWrite(body, $0)) }
    }

    /// Each item for itself: the writer makes one commit of all that waits, and a savepoint costs no round trip.
    func jointWrites<Item: Sendable, Outcome: Sendable>(
        _ body: @escaping JointWrites<Item, Outcome>.Body
    ) -> JointWrites<Item, Outcome> {
        JointWrites { [writer] item, _ in
            let uncommitted = try await withCheckedThrowingContinuation { caller in
                writer.submit(QueuedWrite(ahead: { try JointWrites.outcomes(of: [item], body, in: $0) }, caller))
            }
            return Uncommitted(value: uncommitted.value[0], commitment: uncommitted.commitment)
        }
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

extension SQLiteEngine.Origin {
    fileprivate var path: String? {
        if case .copy(let path) = self { path } else { nil }
    }

    fileprivate var keepsSnapshot: Bool { path == nil }
}
