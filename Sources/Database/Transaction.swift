/// The statements that a body of `Database.read` or `Database.write` may run.
///
/// SQL is one SELECT, INSERT, UPDATE, DELETE, WITH or EXPLAIN statement, the same on all engines, with `?` for each value and
/// always the same text for the same purpose, for statements are kept prepared by their text.
///
/// A statement that fails ends the transaction: whatever the body does then, its changes are undone and the write
/// throws that failure. To go on after a conflict, say `ON CONFLICT … DO NOTHING`.
public struct Transaction {
    private let statements: any StatementExecutor

    init(_ statements: any StatementExecutor) {
        self.statements = statements
    }

    /// Runs a statement for its effect.
    ///
    /// - Returns: how many rows it inserted, updated or deleted (not counting what foreign keys did in its wake).
    @discardableResult
    public func run(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try statements.run(sql, values)
    }

    /// Runs a statement that changes exactly one row, named by its key, and whose condition this body knows to hold
    /// because it has read the row. Over a network it is not waited for: it travels with the next statement or with
    /// the commit, which saves a round trip.
    ///
    /// Another transaction that changed the row meanwhile is a conflict like every other. A statement that changes
    /// another number of rows is a mistake of the program: the write throws `.misuse` and is undone.
    public func changeOne(_ sql: String, _ values: [SQLValue]) throws {
        try statements.changeOne(sql, values)
    }

    /// Changes exactly one row; as `changeOne(_:_:)` with the values in a list.
    public func changeOne(_ sql: String, _ values: SQLValue...) throws {
        try changeOne(sql, values)
    }

    /// All rows a statement answers (SELECT, or one with RETURNING).
    public func rows(_ sql: String, _ values: [SQLValue]) throws -> [Row] {
        try statements.rows(sql, values, limit: .max)
    }

    /// The first row a statement answers, if any.
    public func row(_ sql: String, _ values: [SQLValue]) throws -> Row? {
        try statements.rows(sql, values, limit: 1).first
    }

    /// Runs a statement for its effect; as `run(_:_:)` with the values in a list.
    @discardableResult
    public func run(_ sql: String, _ values: SQLValue...) throws -> Int {
        try run(sql, values)
    }

    /// All rows a statement answers; as `rows(_:_:)` with the values in a list.
    public func rows(_ sql: String, _ values: SQLValue...) throws -> [Row] {
        try rows(sql, values)
    }

    /// The first row a statement answers; as `row(_:_:)` with the values in a list.
    public func row(_ sql: String, _ values: SQLValue...) throws -> Row? {
        try row(sql, values)
    }
}
