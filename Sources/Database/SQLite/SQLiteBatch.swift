internal import GRDB
internal import GRDBSQLite

/// One transaction for many writes: each in its own savepoint, one commit, then all answers.
///
/// No caller learns anything before the commit, not even that its own body threw: it may have thrown because of what
/// another body of the batch wrote, which is nothing if the commit fails.
struct SQLiteBatch {
    private let connection: GRDB.Database
    private let observer: DatabaseObserver

    private typealias Settle = @Sendable (DatabaseFailure?) -> Void

    /// SQLite has ended the transaction in the middle, and with it the work of all bodies that had run.
    private struct TransactionLost: Error {
        let cause: DatabaseFailure
    }

    init(on connection: GRDB.Database, observer: DatabaseObserver = DatabaseObserver()) {
        self.connection = connection
        self.observer = observer
    }

    /// Runs, commits and answers the writes.
    ///
    /// - Throws: when no transaction could be begun; then no body has run and no caller has been answered.
    func commit(_ writes: [QueuedWrite]) throws(DatabaseFailure) {
        // Left over when a former batch could not even be rolled back.
        if !connection.isOutsideTransaction { try connection.perform("ROLLBACK") }
        try connection.perform("BEGIN IMMEDIATE")
        var settlers: [Settle] = []
        settlers.reserveCapacity(writes.count)
        let failure: DatabaseFailure?
        do {
            for write in writes {
                settlers.append(try attempt(write))
            }
            try commit(of: writes.count)
            failure = nil
        } catch {
            failure = abandon(after: error)
        }
        for settle in settlers { settle(failure) }
        if let failure {
            for write in writes.dropFirst(settlers.count) { write.refuse(failure) }
        }
    }

    private func attempt(_ write: QueuedWrite) throws(TransactionLost) -> Settle {
        do {
            try connection.perform("SAVEPOINT body")
            let statements = SQLiteStatements(connection, .writing)
            let ran = try write.run(Transaction(statements))
            if let failure = statements.failure { throw failure }
            try requireForeignKeys()
            try connection.perform("RELEASE body")
            ran.announce()
            return ran.settle
        } catch {
            try undo(after: error)
            return { failure in write.refuse(failure ?? error) }
        }
    }

    /// A deferred foreign key would only be found broken by COMMIT, which would fail the whole batch.
    private func requireForeignKeys() throws(DatabaseFailure) {
        var open: CInt = 0
        var unused: CInt = 0
        sqlite3_db_status(connection.sqliteConnection, SQLITE_DBSTATUS_DEFERRED_FKS, &open, &unused, 0)
        if open != 0 { throw .constraint(kind: .foreignKey, detail: "a deferred foreign key is left unmet") }
    }

    private func undo(after error: any Error) throws(TransactionLost) {
        if connection.isOutsideTransaction { throw TransactionLost(cause: DatabaseFailure(error)) }
        do {
            try connection.perform("ROLLBACK TO body")
            try connection.perform("RELEASE body")
        } catch {
            throw TransactionLost(cause: error)
        }
    }

    private func commit(of writes: Int) throws(TransactionLost) {
        do throws(DatabaseFailure) {
            try observer.timing(writes) { () throws(DatabaseFailure) in try connection.perform("COMMIT") }
        } catch {
            throw TransactionLost(cause: error)
        }
    }

    /// Ends what is left of the transaction; answers what all its callers are told.
    private func abandon(after lost: TransactionLost) -> DatabaseFailure {
        if !connection.isOutsideTransaction {
            // When even this fails the next batch tries again before it begins.
            try? connection.perform("ROLLBACK")
        }
        return .unavailable("the commit failed: \(lost.cause)")
    }
}
