internal import GRDB

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The database file: how it is made, opened and copied.
struct SQLiteFile: Sendable {
    let path: String

    /// Makes the file (0600) and its missing directories (0700), before SQLite would with whatever the umask leaves.
    /// The log and its index take their mode from the file.
    ///
    /// A file that is there is not even opened: closing it would drop the locks SQLite holds on it in this process.
    func create() throws(DatabaseFailure) {
        try createDirectory(of: path)
        let descriptor = Self.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 || errno == EEXIST else { throw failure("create the file") }
        if descriptor >= 0 { _ = close(descriptor) }
    }

    /// Makes sure that the file is there, before SQLite would make an empty one.
    func requireExistence() throws(DatabaseFailure) {
        guard access(path, F_OK) == 0 else { throw failure("find the database") }
    }

    /// Whether there is a file; throws when that cannot be told.
    func isThere() throws(DatabaseFailure) -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT else { throw failure("look at the file") }
        return false
    }

    /// Runs an action while no other process starts on a database in the same directory.
    ///
    /// SQLite alone is not enough: of two connections that turn an empty file to WAL at once, one may fail with
    /// `SQLITE_IOERR_DELETE_NOENT`.
    func startingAlone<R>(_ action: () throws -> R) throws -> R {
        let lock = try DirectoryLock(of: self)
        defer { lock.release() }
        return try action()
    }

    func openWriter(_ options: SQLiteOptions) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "latchkey.database.writer"
        configuration.journalMode = .wal
        // Should a ROLLBACK fail, `SQLiteBatch` tries it again; GRDB would end the process.
        configuration.allowsUnsafeTransactions = true
        configuration.busyMode = .timeout(options.busyTimeout / .seconds(1))
        let connection: DatabaseQueue
        do {
            connection = try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
            // SQLite opens what it may not write as read-only; GRDB then says that it cannot turn WAL on.
            throw DatabaseFailure.unavailable("it cannot be written: \(error.message ?? "")")
        }
        try connection.inDatabase { connection in
            // GRDB has set NORMAL when it turned WAL on; with that an acknowledged write may be lost with the power.
            try connection.execute(
                sql: """
                    PRAGMA synchronous = FULL;
                    PRAGMA wal_autocheckpoint = 0;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA cache_size = -65536;
                    PRAGMA journal_size_limit = 268435456;
                    PRAGMA trusted_schema = OFF;
                    """)
        }
        return connection
    }

    func openReader(busyTimeout: Duration) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "latchkey.database.reader"
        configuration.readonly = true
        configuration.busyMode = .timeout(busyTimeout / .seconds(1))
        configuration.allowsUnsafeTransactions = true
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA trusted_schema = OFF") }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Its short timeout bounds how long the writer stands still when a long read keeps the log from restarting.
    func openCheckpointer() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "latchkey.database.checkpoints"
        configuration.busyMode = .timeout(0.01)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Writes a complete copy beside the file, on disk when this returns.
    ///
    /// - Returns: the path of the copy, `<file>.before-<number>`. A copy of that name, left by an attempt that failed,
    ///   is replaced.
    func snapshot(before number: Int, over connection: GRDB.Database) throws -> String {
        let copy = "\(path).before-\(number)"
        let partial = "\(copy).partial"
        unlink(partial)
        let descriptor = Self.open(partial, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("create \(partial)") }
        defer { _ = close(descriptor) }
        // VACUUM INTO takes an empty file as it is, and so keeps its mode.
        try connection.execute(sql: "VACUUM INTO ?", arguments: [partial])
        guard fsync(descriptor) == 0, rename(partial, copy) == 0 else { throw failure("keep \(copy)") }
        try synchronizeDirectory()
        return copy
    }

    func createDirectory() throws(DatabaseFailure) { try createDirectory(of: path) }

    private func createDirectory(of path: String) throws(DatabaseFailure) {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return }
        let directory = String(path[..<slash])
        if access(directory, F_OK) == 0 { return }
        try createDirectory(of: directory)
        guard mkdir(directory, 0o700) == 0 || errno == EEXIST else { throw failure("create \(directory)") }
    }

    func synchronizeDirectory() throws(DatabaseFailure) {
        let descriptor = try openDirectory()
        defer { _ = close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync the directory") }
    }

    func openDirectory() throws(DatabaseFailure) -> CInt {
        let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = Self.open(directory, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open \(directory)") }
        return descriptor
    }

    func failure(_ action: String) -> DatabaseFailure {
        .unavailable("cannot \(action): \(String(cString: strerror(errno)))")
    }

    static func open(_ path: String, _ flags: CInt) -> CInt {
        #if canImport(Darwin)
            Darwin.open(path, flags, 0o600)
        #elseif canImport(Musl)
            Musl.open(path, flags, 0o600)
        #else
            Glibc.open(path, flags, 0o600)
        #endif
    }
}
