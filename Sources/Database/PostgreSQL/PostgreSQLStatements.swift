/// The statements of one body. BEGIN travels with the first of them, and so costs no round trip.
final class PostgreSQLStatements: StatementExecutor {
    enum Access {
        case reading, writing
    }

    /// A statement that is sent with the next one, or with COMMIT.
    private struct Deferred {
        let sql: String
        let values: [SQLValue]
    }

    private let connection: PostgreSQLConnection
    private let access: Access
    private let deadline: ContinuousClock.Instant
    private var deferred: [Deferred] = []
    private var isBegun = false
    private var hasWritten = false
    /// The number of this transaction, by which the server can be asked what became of it.
    private(set) var transactionID: String?
    /// The first failure. After it nothing more is run: the server would not either.
    private(set) var failure: PostgreSQLFailure?

    init(_ connection: PostgreSQLConnection, _ access: Access, until deadline: ContinuousClock.Instant) {
        self.connection = connection
        self.access = access
        self.deadline = deadline
    }

    func run(_ sql: String, _ values: [SQLValue]) throws(DatabaseFailure) -> Int {
        try result(of: sql, values).changes
    }

    func rows(_ sql: String, _ values: [SQLValue], limit: Int) throws(DatabaseFailure) -> [Row] {
        try result(of: sql, values).rows(limit: limit)
    }

    func changeOne(_ sql: String, _ values: [SQLValue]) throws(DatabaseFailure) {
        if let failure { throw failure.told }
        guard access == .writing else { throw .misuse("a read may not write: \(sql)") }
        try OrdinaryStatement.require(sql)
        deferred.append(Deferred(sql: sql, values: values))
    }

    /// Sends COMMIT and waits for it; after a read, only sends it.
    ///
    /// - Throws: why the transaction is not committed; `.lost` when it may be all the same.
    func commit() throws(PostgreSQLFailure) {
        if let failure { throw failure }
        guard isBegun || !deferred.isEmpty else { return }
        // A statement alone that should change a row and does not has changed nothing: COMMIT may go with it. After
        // other changes, they have to be undone if it does not. And COMMIT is sent only once the transaction's number
        // is known, by which its outcome can be asked for.
        let isAlone = deferred.count == 1 && !hasWritten && isBegun
        if !deferred.isEmpty, !isAlone { try send() }
        guard access == .writing else { return end(.commit) }
        let results = try send { connection throws(PostgreSQLFailure) in try connection.queue(.commit) }
        guard results.last?.tag == "COMMIT" else { throw .refused(.unavailable("the server has rolled back")) }
    }

    /// Undoes what was done, without waiting.
    func rollBack() {
        if isBegun || connection.isInTransaction { end(.rollback) }
    }

    private func end(_ control: PostgreSQLConnection.Control) {
        // Should it be impossible to send, the connection is gone, and the transaction with it.
        try? connection.queue(control)
        connection.post()
    }

    private func result(of sql: String, _ values: [SQLValue]) throws(DatabaseFailure) -> PostgreSQLResult {
        if let failure { throw failure.told }
        try OrdinaryStatement.require(sql)
        do throws(PostgreSQLFailure) {
            let results = try send { connection throws(PostgreSQLFailure) in try connection.queue(sql, values) }
            guard let result = results.last else { throw PostgreSQLFailure.lost("no result") }
            hasWritten = hasWritten || result.changes > 0
            return result
        } catch {
            let cause = access == .reading ? error.ofReading(sql) : error
            failure = cause
            throw cause.told
        }
    }

    /// One round trip: BEGIN if it is due, what was deferred, and one statement more.
    @discardableResult
    private func send(
        _ queueLast: (PostgreSQLConnection) throws(PostgreSQLFailure) -> Void = { _ in }
    ) throws(PostgreSQLFailure) -> [PostgreSQLResult] {
        var leading = 0
        if !isBegun { leading = try queueBeginning() }
        for statement in deferred { try connection.queue(statement.sql, statement.values) }
        try queueLast(connection)
        var results = try connection.exchange(until: deadline)[...]
        let beginning = results.prefix(leading)
        results = results.dropFirst(leading)
        do {
            if leading == 2 { transactionID = try beginning.last?.rows(limit: 1).first?.text(0) }
        } catch {
            throw .lost("\(error)")
        }
        for (statement, result) in zip(deferred, results) where result.changes != 1 {
            throw .refused(.misuse("changed \(result.changes) rows where one was to be: \(statement.sql)"))
        }
        hasWritten = hasWritten || !deferred.isEmpty
        results = results.dropFirst(deferred.count)
        deferred = []
        return Array(results)
    }

    /// Queues BEGIN; answers how many results that will give.
    private func queueBeginning() throws(PostgreSQLFailure) -> Int {
        try connection.queue(access == .reading ? .beginReading : .beginWriting)
        isBegun = true
        guard access == .writing, connection.epoch != nil else { return 1 }
        try connection.queue(.transactionID)
        return 2
    }
}

extension PostgreSQLFailure {
    /// In a read, a refusal to write is a mistake of the program, not of the server's.
    fileprivate func ofReading(_ sql: String) -> PostgreSQLFailure {
        if case .refused(.unavailable(let cause)) = self, cause.hasPrefix("PostgreSQL 25006") {
            return .refused(.misuse("a read may not write: \(sql)"))
        }
        return self
    }
}
