/// The seam between the public face and a database product. One conformance for SQLite, one for PostgreSQL.
protocol Engine: Sendable {
    /// As `Database.read`.
    func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R

    /// As `Database.write`.
    func write<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R

    /// As `Database.jointWrites`.
    func jointWrites<Item: Sendable, Outcome: Sendable>(
        _ body: @escaping JointWrites<Item, Outcome>.Body
    ) -> JointWrites<Item, Outcome>

    /// As `Database.waiting`.
    var waiting: Int { get }

    /// As `Database.close`.
    func close() async throws
}

/// One connection during one body. It is used on one thread at a time and does not outlive the body.
protocol StatementExecutor: AnyObject {
    /// Runs a statement; answers the number of rows it changed.
    func run(_ sql: String, _ values: [SQLValue]) throws(DatabaseFailure) -> Int

    /// Runs a statement to its end if it writes, else until `limit` rows are there; answers these.
    func rows(_ sql: String, _ values: [SQLValue], limit: Int) throws(DatabaseFailure) -> [Row]

    /// Runs a statement that is to change exactly one row, at the latest before COMMIT.
    func changeOne(_ sql: String, _ values: [SQLValue]) throws(DatabaseFailure)
}

extension StatementExecutor {
    func changeOne(_ sql: String, _ values: [SQLValue]) throws(DatabaseFailure) {
        let changes = try run(sql, values)
        guard changes == 1 else { throw .misuse("changed \(changes) rows where one was to be: \(sql)") }
    }
}
