import Dispatch
public import Logging

extension Database {
    /// A copy that was written.
    public struct Copied<R: Sendable>: Sendable {
        /// In bytes.
        public let size: Int64
        /// What the body has read in the copy.
        public let value: R
    }

    /// A copy that was put in its place.
    public struct Restored<R: Sendable>: Sendable {
        /// Where the database is now that was there before, if there was one.
        public let replaced: String?
        /// What `settle` has answered.
        public let value: R
    }

    /// Writes a consistent, checked and marked copy of a database, while others work on it.
    ///
    /// The mark keeps the copy from being served as it is: `open` refuses it until it was restored.
    ///
    /// - Parameters:
    ///   - path: where nothing is yet. It gets mode 0600, and is complete and on disk as soon as it is there.
    ///   - takenAt: the present time, in microseconds since 1970 UTC.
    ///   - body: reads in the copy.
    /// - Throws: `CopyRefusal`, or `DatabaseFailure` as `inspect` does.
    public static func copy<R: Sendable>(
        _ location: DatabaseLocation, to path: String, takenAt: Int64, migrations: [Migration],
        reading body: @escaping @Sendable (Transaction) throws -> R
    ) async throws -> Copied<R> {
        guard case .sqlite(let source) = location else { throw CopyRefusal.otherEngine }
        let backup = SQLiteBackup(source: SQLiteFile(path: source), path: path)
        return try await blocking { try backup.write(takenAt: takenAt, known: migrations, reading: body) }
    }

    /// Puts a copy in the place of a database that nobody has open, as soon as it was settled.
    ///
    /// While this runs no other process can start on a database in the same directory. What was there before is kept
    /// beside, as `<path>.replaced-<number>`. When anything fails all is as it was.
    ///
    /// - Parameters:
    ///   - replacing: whether there may be a database already.
    ///   - settle: given the copy, with its schema up to date, and when it was taken, if it tells; makes it ready to be
    ///     served.
    /// - Throws: `CopyRefusal`, `DatabaseFailure`, and what `settle` throws.
    public static func restore<R: Sendable>(
        _ copy: String, to location: DatabaseLocation, replacing: Bool, migrations: [Migration], logger: Logger,
        settle: @Sendable (Database, _ takenAt: Int64?) async throws -> R
    ) async throws -> Restored<R> {
        guard case .sqlite(let path) = location else { throw CopyRefusal.otherEngine }
        let restore = SQLiteRestore(target: SQLiteFile(path: path))
        let lock = try await blocking { try restore.begin(replacing: replacing) }
        defer { lock.release() }
        do {
            try await blocking { try restore.stage(copy) }
            let value = try await settled(settle) {
                try SQLiteEngine.start(
                    restore.staged, migrations: migrations, logger: logger, as: .copy(ofAnyAge: copy))
            }
            let replaced = try await blocking { try restore.putInPlace() }
            return Restored(replaced: replaced, value: value)
        } catch {
            restore.discard()
            throw error
        }
    }

    /// Makes a database ready to be served that was put in its place by other means: by the tools of PostgreSQL, or as
    /// a file.
    ///
    /// - Parameter settle: as for `restore`. Its transactions may take an hour.
    public static func settle<R: Sendable>(
        _ location: DatabaseLocation, migrations: [Migration], logger: Logger,
        _ settle: @Sendable (Database, _ takenAt: Int64?) async throws -> R
    ) async throws -> R {
        switch location {
        case .sqlite(let path):
            let file = SQLiteFile(path: path)
            return try await settled(settle) {
                try file.requireExistence()
                return try file.startingAlone {
                    try SQLiteEngine.start(file, migrations: migrations, logger: logger, as: .copy(ofAnyAge: path))
                }
            }
        case .postgresql(let connection, _):
            var options = PostgreSQLOptions()
            options.connections = 1
            options.patience = .seconds(3_600)
            let database = Database(
                engine: try await PostgreSQLEngine.open(
                    connection, migrations: migrations, logger: logger, options: options))
            return try await closing(database) { try await settle(database, nil) }
        }
    }

    private static func settled<R: Sendable>(
        _ settle: (Database, Int64?) async throws -> R,
        _ start: @escaping @Sendable () throws -> SQLiteEngine.Started
    ) async throws -> R {
        let started = try await blocking(start)
        let database = Database(engine: started.engine)
        let value = try await closing(database) { try await settle(database, started.takenAt) }
        if started.takenAt != nil { try await blocking { try SQLiteCopyMark.remove(from: started.file) } }
        return value
    }

    private static func closing<R: Sendable>(_ database: Database, _ work: () async throws -> R) async throws -> R {
        let value: R
        do {
            value = try await work()
        } catch {
            try? await database.close()
            throw error
        }
        try await database.close()
        return value
    }

    /// Runs what waits for the disk on a thread that is not Swift's.
    private static func blocking<R: Sendable>(_ work: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "latchkey.database.copies").async { continuation.resume(with: Result { try work() }) }
        }
    }
}
