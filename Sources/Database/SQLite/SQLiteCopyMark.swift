internal import GRDB

/// What tells a copy from the database it was made of: a table of its own, there until the copy was restored.
///
/// It is no part of the schema, so that a copy can be made of a database of any version.
enum SQLiteCopyMark {
    static func set(_ takenAt: Int64, on connection: GRDB.Database) throws {
        try connection.inTransaction {
            // A copy of a copy that was never restored tells when the first was taken, for that is how old its rows are.
            if try self.takenAt(connection) == nil {
                try connection.execute(sql: "CREATE TABLE copy_mark (taken_at INTEGER NOT NULL) STRICT")
                try connection.execute(sql: "INSERT INTO copy_mark (taken_at) VALUES (?)", arguments: [takenAt])
            }
            return .commit
        }
    }

    /// When a copy was taken; nil for a database that is none.
    static func takenAt(_ connection: GRDB.Database) throws -> Int64? {
        let exists = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'copy_mark')"
        guard try Bool.fetchOne(connection, sql: exists) == true else { return nil }
        return try Int64.fetchOne(connection, sql: "SELECT taken_at FROM copy_mark")
    }

    static func remove(from file: SQLiteFile) throws {
        do {
            let connection = try file.openWriter(SQLiteOptions())
            try connection.inDatabase { try $0.execute(sql: "DROP TABLE IF EXISTS copy_mark") }
            try connection.close()
        } catch {
            throw DatabaseFailure(error).during(file.path)
        }
    }
}

/// Whether all pages, indexes and references of a file agree.
enum SQLiteIntegrity {
    /// - Parameter path: what to call the file when it is refused.
    static func check(_ connection: GRDB.Database, path: String) throws {
        let findings = try String.fetchAll(connection, sql: "PRAGMA integrity_check(3)")
        guard findings == ["ok"] else {
            throw CopyRefusal.damaged(path: path, finding: findings.joined(separator: "; "))
        }
        let orphan = try GRDB.Row.fetchOne(connection, sql: "PRAGMA foreign_key_check")
        guard orphan == nil else {
            let (table, parent): (String, String) = (orphan?[0] ?? "", orphan?[2] ?? "")
            throw CopyRefusal.damaged(path: path, finding: "a row of \(table) refers to one that \(parent) has not")
        }
    }
}
