import Testing

@testable import Database

@Suite("Statements")
struct StatementTests {
    @Test(
        "a value comes back as it was bound",
        arguments: [
            .null, .integer(0), .integer(.min), .integer(.max), .text(""), .text("Grüße, 日本 👋"), .blob([]),
            .blob([0, 255, 0]), 7, "literal", nil, .bool(true), .optional(Int64?.none), .optional("some"),
            .optional([1, 2]),
        ] as [SQLValue])
    func roundTrip(_ value: SQLValue) async throws {
        let bench = try Bench()
        let row = try await bench.database.read { try $0.row("SELECT ?", value) }
        #expect(row == Row(values: [value]))
    }

    @Test("columns are read by position and type")
    func columns() throws {
        let row = Row(values: [7, "text", .blob([1]), nil, 1])
        #expect(try row.integer(0) == 7)
        #expect(try row.text(1) == "text")
        #expect(try row.blob(2) == [1])
        #expect(try row.bool(4))
        #expect(try row.optionalInteger(0) == 7)
        #expect(try row.optionalText(1) == "text")
        #expect(try row.optionalBlob(2) == [1])
        #expect(try row.optionalInteger(3) == nil)
        #expect(try row.optionalText(3) == nil)
        #expect(try row.optionalBlob(3) == nil)
    }

    @Test("a column of another type is corrupt, a column that is not there a misuse")
    func wrongColumns() throws {
        let row = Row(values: [7, "text", nil])
        #expect(throws: DatabaseFailure.corrupt("column 0 holds INTEGER where TEXT was expected")) { try row.text(0) }
        #expect(throws: DatabaseFailure.corrupt("column 0 holds INTEGER where 0 or 1 was expected")) { try row.bool(0) }
        #expect(throws: DatabaseFailure.corrupt("column 1 holds TEXT where BLOB was expected")) {
            try row.optionalBlob(1)
        }
        #expect(throws: DatabaseFailure.corrupt("column 2 holds NULL where INTEGER was expected")) {
            try row.integer(2)
        }
        #expect(throws: DatabaseFailure.misuse("column 3 asked for in a row of 3")) { try row.integer(3) }
        #expect(throws: DatabaseFailure.misuse("column -1 asked for in a row of 3")) { try row.integer(-1) }
    }

    @Test(
        "text in the file that is not UTF-8 is told as corrupt, by its column, never replaced, and harms nothing else",
        arguments: [
            [0xFF], [0x61, 0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x61, 0x80, 0x62],
        ] as [[UInt8]])
    func brokenText(_ bytes: [UInt8]) async throws {
        let bench = try Bench()
        try await bench.database.write { transaction in
            try transaction.run(
                "INSERT INTO notes (id, text) VALUES (1, CAST(? AS TEXT)), (2, 'whole')", .blob(bytes))
        }
        let corrupt = DatabaseFailure.corrupt("column 1 holds text that is not UTF-8")
        await #expect(throws: corrupt) {
            try await bench.database.read { try $0.row("SELECT id, text FROM notes WHERE id = 1") }
        }
        await #expect(throws: corrupt) {
            try await bench.database.write { transaction in
                try transaction.run("UPDATE notes SET text = 'changed' WHERE id = 2")
                return try transaction.rows("SELECT id, text FROM notes ORDER BY id")
            }
        }
        let rest = try await bench.database.read { try $0.row("SELECT text FROM notes WHERE id = 2")?.text(0) }
        #expect(rest == "whole", "the transaction that met it was undone")
        let kept = try await bench.database.read {
            try $0.row("SELECT CAST(text AS BLOB) FROM notes WHERE id = 1")?.blob(0)
        }
        #expect(kept == bytes)
        try await bench.database.write { try $0.run("UPDATE notes SET text = 'mended' WHERE id = 1") }
        #expect(try await bench.texts() == ["mended", "whole"])
    }

    @Test("a statement tells how many rows it changed, and RETURNING what they became")
    func changes() async throws {
        let bench = try Bench()
        let (inserted, rows, updated, unchanged) = try await bench.database.write { transaction in
            (
                try transaction.run("INSERT INTO notes (id, text) VALUES (1, 'a'), (2, 'b')"),
                try transaction.rows("UPDATE notes SET text = text || '!' RETURNING id, text").count,
                try transaction.run("UPDATE notes SET text = 'c' WHERE id = ?", 1),
                try transaction.run("INSERT INTO notes (id, text) VALUES (?, ?) ON CONFLICT DO NOTHING", 1, "d")
            )
        }
        #expect([inserted, rows, updated, unchanged] == [2, 2, 1, 0])
        let texts = try await bench.texts()
        #expect(texts == ["b!", "c"])
    }

    @Test(
        "a rule of the schema that refuses a row is told by its kind",
        arguments: [
            ("INSERT INTO notes (id, text) VALUES (1, 'b')", .unique),
            ("INSERT INTO notes (id, text) VALUES (2, 'a')", .unique),
            ("INSERT INTO notes (text) VALUES ('')", .check),
            ("INSERT INTO notes (text) VALUES (x'00')", .check),
            ("INSERT INTO notes (text) VALUES (NULL)", .notNull),
            ("INSERT INTO answers (note_id) VALUES (9)", .foreignKey),
        ] as [(String, DatabaseFailure.Constraint)])
    func constraints(_ sql: String, _ kind: DatabaseFailure.Constraint) async throws {
        let bench = try Bench()
        try await bench.database.write { try $0.run("INSERT INTO notes (id, text) VALUES (1, 'a')") }
        await #expect {
            try await bench.database.write { try $0.run(sql) }
        } throws: { error in
            if case .constraint(kind, _) = error as? DatabaseFailure { true } else { false }
        }
    }

    @Test(
        "what is not one ordinary statement is a misuse",
        arguments: [
            "COMMIT", "ROLLBACK", "SAVEPOINT x", "PRAGMA synchronous = OFF", "ATTACH 'x' AS y", "DROP TABLE notes",
            "VACUUM", "", "SELECT 1; SELECT 2", "SELECT nonsense", "SELECT ?", "-- none",
        ])
    func misuse(_ sql: String) async throws {
        let bench = try Bench()
        await #expect {
            try await bench.database.write { try $0.run(sql) }
        } throws: { isMisuse($0) }
        try await bench.insert("next")
    }

    @Test("text with NUL is a misuse, as PostgreSQL could not keep it")
    func nul() async throws {
        let bench = try Bench()
        await #expect(performing: { try await bench.insert("a\0b") }, throws: isMisuse)
    }

    @Test("a read that writes is a misuse")
    func writingRead() async throws {
        let bench = try Bench()
        await #expect {
            _ = try await bench.database.read { try $0.run("INSERT INTO notes (text) VALUES ('x')") }
        } throws: { isMisuse($0) }
        #expect(try await bench.texts() == [])
    }

    private func isMisuse(_ error: any Error) -> Bool {
        if case .misuse = error as? DatabaseFailure { true } else { false }
    }
}
