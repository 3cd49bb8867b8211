internal import GRDB
internal import GRDBSQLite

/// The statements of one body, on a connection that is in a transaction.
final class SQLiteStatements: StatementExecutor {
    enum Access {
        case reading, writing
    }

    private let connection: GRDB.Database
    private let access: Access
    /// The first failure. After it nothing more is run: PostgreSQL would not either, and after some failures
    /// (disk full, I/O) SQLite has ended the transaction, so that a later statement would commit by itself.
    private(set) var failure: DatabaseFailure?
    /// Whether that failure was a lock held by another connection.
    private(set) var metLock = false

    init(_ connection: GRDB.Database, _ access: Access) {
        self.connection = connection
        self.access = access
    }

    func run(_ sql: String, _ values: [SQLValue]) throws(DatabaseFailure) -> Int {
        try remembering { () throws(DatabaseFailure) in
            let statement = try prepare(sql, values)
            defer { statement.reset() }
            while try statement.step() {}
            return statement.writes ? Int(sqlite3_changes(connection.sqliteConnection)) : 0
        }
    }

    func rows(_ sql: String, _ values: [SQLValue], limit: Int) throws(DatabaseFailure) -> [Row] {
        try remembering { () throws(DatabaseFailure) in
            let statement = try prepare(sql, values)
            defer { statement.reset() }
            var rows: [Row] = []
            while try statement.step() {
                if rows.count < limit { rows.append(try statement.row()) }
                // Constraints that wait for the end of a statement are only checked when it gets there.
                if rows.count == limit, !statement.writes { break }
            }
            return rows
        }
    }

    private func remembering<T>(_ action: () throws(DatabaseFailure) -> T) throws(DatabaseFailure) -> T {
        if let failure { throw failure }
        do {
            return try action()
        } catch {
            failure = error
            if case .unavailable = error {
                metLock = sqlite3_errcode(connection.sqliteConnection) & 0xff == SQLITE_BUSY
            }
            throw error
        }
    }

    private func prepare(_ sql: String, _ values: [SQLValue]) throws(DatabaseFailure) -> SQLiteStatement {
        try OrdinaryStatement.require(sql)
        let statement = try connection.statement(sql, values)
        if access == .reading, statement.writes {
            statement.reset()
            throw .misuse("a read may not write: \(sql)")
        }
        return statement
    }
}

extension GRDB.Database {
    /// A statement from the connection's store of prepared ones, with its values.
    func statement(_ sql: String, _ values: [SQLValue] = []) throws(DatabaseFailure) -> SQLiteStatement {
        do {
            guard let sqliteConnection else { throw DatabaseFailure.unavailable("the database is closed") }
            let handle = try cachedStatement(sql: sql).sqliteStatement
            return try SQLiteStatement(handle, on: sqliteConnection, values: values)
        } catch {
            throw DatabaseFailure(error)
        }
    }

    /// Runs a statement of this module's own, such as transaction control.
    func perform(_ sql: String) throws(DatabaseFailure) {
        let statement = try statement(sql)
        defer { statement.reset() }
        while try statement.step() {}
    }

    /// Whether SQLite holds no transaction open, be it that it has ended it by itself.
    var isOutsideTransaction: Bool { sqlite3_get_autocommit(sqliteConnection) != 0 }
}
