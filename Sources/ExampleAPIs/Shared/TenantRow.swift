import GRDB
import Hummingbird
import LatchkeyHummingbird

/// A row of a table whose rows belong to organizations, and what the API tells of it: the columns are the members of its
/// JSON, beside `tenant`, which is told to nobody.
///
/// There is no way to ask for rows without naming an organization.
protocol TenantRow: Codable, FetchableRecord, EncodableRecord, Sendable {
    static var table: String { get }
    var id: String { get }
}

extension TenantRow {
    /// One row of an organization.
    static func find(_ id: String, of tenant: String, in db: Database) throws -> Self? {
        try SQLRequest<Self>(
            literal: "SELECT * FROM \(sql: table) WHERE tenant = \(tenant) AND id = \(id)"
        ).fetchOne(db)
    }

    /// The same, of a row that a path names. Another organization's is not there, just as one that never was.
    static func require(_ id: String, of tenant: String, in db: Database) throws -> Self {
        guard let row = try find(id, of: tenant, in: db) else { throw APIRefusal.notFound }
        return row
    }

    /// The same, of a row that a field of the body names.
    static func require(_ id: String, inField field: String, of tenant: String, in db: Database) throws -> Self {
        guard let row = try find(id, of: tenant, in: db) else {
            throw APIRefusal.invalidRequest("\(field) names nothing that is there.")
        }
        return row
    }

    /// A page of an organization's rows, the newest first.
    static func page(
        _ page: PageRequest, of tenant: String, where condition: SQL = "TRUE", in db: Database
    ) throws -> PageAnswer<Self> {
        let rows = try SQLRequest<Self>(
            literal: """
                SELECT * FROM \(sql: table) WHERE tenant = \(tenant) AND \(condition)
                ORDER BY rowid DESC LIMIT \(page.limit) OFFSET \(page.offset)
                """
        ).fetchAll(db)
        return PageAnswer(rows: rows, page: page, total: try count(of: tenant, where: condition, in: db))
    }

    /// How many an organization has.
    static func count(of tenant: String, where condition: SQL = "TRUE", in db: Database) throws -> Int {
        try SQLRequest<Int>(
            literal: "SELECT COUNT(*) FROM \(sql: table) WHERE tenant = \(tenant) AND \(condition)"
        ).fetchOne(db) ?? 0
    }

    /// Adds this row to those of an organization.
    func insert(for tenant: String, in db: Database) throws {
        var values = try databaseDictionary
        values["tenant"] = tenant.databaseValue
        let columns = values.keys.sorted()
        let marks = columns.map { _ in "?" }.joined(separator: ", ")
        try db.execute(
            sql: "INSERT INTO \(Self.table) (\(columns.joined(separator: ", "))) VALUES (\(marks))",
            arguments: StatementArguments(columns.map { values[$0] }))
    }

    /// Writes this row over the one that an organization has under its name.
    func update(for tenant: String, in db: Database) throws {
        let values = try databaseDictionary
        let columns = values.keys.sorted()
        let changes = columns.map { "\($0) = ?" }.joined(separator: ", ")
        try db.execute(
            sql: "UPDATE \(Self.table) SET \(changes) WHERE tenant = ? AND id = ?",
            arguments: StatementArguments(columns.map { values[$0] }) + [tenant, id])
    }

    /// Takes this row away from an organization.
    func delete(for tenant: String, in db: Database) throws {
        try db.execute(literal: "DELETE FROM \(sql: Self.table) WHERE tenant = \(tenant) AND id = \(id)")
    }
}

extension RequestContext {
    /// `:id` of the path.
    var idInPath: String { parameters.get("id") ?? "" }
}
