internal import GRDB

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A copy of a file while others work on it: one long read, which waits for no writer and which no writer waits for.
struct SQLiteBackup: Sendable {
    let source: SQLiteFile
    let path: String

    func write<R: Sendable>(
        takenAt: Int64, known: [Migration], reading body: @Sendable (Transaction) throws -> R
    ) throws -> Database.Copied<R> {
        guard access(path, F_OK) != 0 else { throw CopyRefusal.exists(path: path) }
        let partial = SQLiteFile(path: "\(path).partial-\(getpid())")
        defer { partial.removeWithLogs() }
        do {
            try source.requireExistence()
            try copy(to: partial, known: known)
        } catch {
            throw DatabaseFailure(error).during(source.path)
        }
        do {
            let value = try finish(partial, takenAt: takenAt, reading: body)
            let size = try partial.synchronize()
            try partial.name(path)
            return Database.Copied(size: size, value: value)
        } catch let refusal as CopyRefusal {
            throw refusal
        } catch {
            throw DatabaseFailure(error).during(path)
        }
    }

    private func copy(to partial: SQLiteFile, known: [Migration]) throws {
        let connection = try source.openReader(busyTimeout: SQLiteOptions().busyTimeout)
        try connection.inDatabase { try SQLiteMigrations.requireOurs($0, known: known) }
        partial.removeWithLogs()
        // VACUUM INTO takes an empty file as it is, and so keeps its mode. What was deleted is not in the copy.
        try partial.create()
        try connection.inDatabase { try $0.execute(sql: "VACUUM INTO ?", arguments: [partial.path]) }
        try connection.close()
    }

    private func finish<R: Sendable>(
        _ partial: SQLiteFile, takenAt: Int64, reading body: @Sendable (Transaction) throws -> R
    ) throws -> R {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let connection = try DatabaseQueue(path: partial.path, configuration: configuration)
        let value = try connection.inDatabase { connection in
            try SQLiteIntegrity.check(connection, path: path)
            let value = try body(Transaction(SQLiteStatements(connection, .reading)))
            try SQLiteCopyMark.set(takenAt, on: connection)
            return value
        }
        try connection.close()
        return value
    }
}
