import TestDatabases
import Testing

@testable import Database

@Suite("Statements on PostgreSQL", .onPostgreSQL)
struct PostgreSQLStatementTests {
    private struct Refused: Error {}

    @Test("every value comes back as it went")
    func values() async throws {
        let bench = try await PostgreSQLBench()
        let blob = (0...255).map { UInt8($0) }
        let rows: [[SQLValue]] = [
            [.integer(.min), "a", .integer(.max), .blob(blob)],
            [.integer(-1), "ünïcödé ✓ 'quoted' \\ ?", 0, .blob([])],
            [.integer(1 << 40), "b", -256, nil],
        ]
        try await bench.database.write { transaction in
            for row in rows {
                try transaction.run("INSERT INTO accounts (id, name, balance, secret) VALUES (?, ?, ?, ?)", row)
            }
        }
        let found = try await bench.database.read { transaction in
            try transaction.rows("SELECT id, name, balance, secret FROM accounts ORDER BY id")
        }
        #expect(found == [rows[0], rows[1], rows[2]].map { Row(values: $0) })
    }

    @Test("what PostgreSQL counts, sums and compares is an integer, as on SQLite")
    func computed() async throws {
        let bench = try await PostgreSQLBench()
        for id in [1, 2, 3] as [Int64] { try await bench.insert(id, balance: id * 4_000_000_000_000_000) }
        let row = try await bench.database.read { transaction in
            try transaction.row(
                "SELECT count(*), sum(balance), -sum(balance), sum(balance) - sum(balance), max(balance) > 1, 7 FROM accounts"
            )
        }
        let sum: Int64 = 24_000_000_000_000_000
        #expect(row == Row(values: [3, .integer(sum), .integer(-sum), 0, 1, 7]))
    }

    @Test("a statement tells how many rows it changed, and gives what RETURNING asks for")
    func changes() async throws {
        let bench = try await PostgreSQLBench()
        try await bench.database.write { transaction in
            let insert = "INSERT INTO accounts (id, name, balance) VALUES (?, ?, 0) ON CONFLICT DO NOTHING"
            #expect(try transaction.run(insert, 1, "a") == 1)
            #expect(try transaction.run(insert, 1, "b") == 0)
            #expect(try transaction.run(insert, 2, "a") == 0)
            #expect(try transaction.run(insert, 3, "c") == 1)
            #expect(try transaction.run("UPDATE accounts SET balance = balance + 1") == 2)
            #expect(try transaction.run("SELECT id FROM accounts") == 0)
            let row = try transaction.row(
                "UPDATE accounts SET balance = balance + 1 WHERE id = ? RETURNING balance", 3)
            #expect(row == Row(values: [2]))
            #expect(try transaction.rows("SELECT id FROM accounts ORDER BY id").count == 2)
            #expect(try transaction.run("DELETE FROM accounts WHERE id = ?", 9) == 0)
        }
    }

    @Test("a broken rule of the schema tells its kind, and no value of the row")
    func constraints() async throws {
        let bench = try await PostgreSQLBench()
        try await bench.insert(1, "taken")
        func breaks(_ kind: DatabaseFailure.Constraint, _ sql: String, _ values: SQLValue...) async {
            await #expect {
                try await bench.database.write { try $0.run(sql, values) }
            } throws: { error in
                isConstraint(kind)(error) && !"\(error)".contains("taken")
            }
        }
        let insert = "INSERT INTO accounts (id, name, balance) VALUES (?, ?, ?)"
        await breaks(.unique, insert, 2, "taken", 0)
        await breaks(.check, insert, 2, "", 0)
        await breaks(.notNull, insert, 2, nil, 0)
        await breaks(.check, insert, 2, "b", "taken")
        await breaks(.foreignKey, "INSERT INTO entries (id, account_id) VALUES (1, 9)")
        #expect(try await bench.count() == 1)
    }

    @Test(
        "what makes no sense is a misuse, and changes nothing",
        arguments: [
            ("COMMIT", []), ("SET TIME ZONE UTC", []), ("SELECT nothing FROM accounts", []),
            ("SELECT id FROM accounts WHERE id = ?", []), ("SELECT id FROM accounts", [.integer(1)]),
            ("SELECT id FROM accounts WHERE name = ?", [.text("a\0b")]),
        ] as [(String, [SQLValue])])
    func misuse(sql: String, values: [SQLValue]) async throws {
        let bench = try await PostgreSQLBench()
        await #expect {
            try await bench.database.write { transaction in
                try transaction.run("INSERT INTO accounts (id, name, balance) VALUES (1, 'a', 0)")
                try transaction.run(sql, values)
            }
        } throws: { isMisuse($0) }
        #expect(try await bench.count() == 0)
    }

    @Test("a read may not write")
    func reading() async throws {
        let bench = try await PostgreSQLBench()
        await #expect {
            try await bench.database.read {
                try $0.run("INSERT INTO accounts (id, name, balance) VALUES (1, 'a', 0)")
            }
        } throws: { isMisuse($0) }
        #expect(try await bench.count() == 0)
    }

    @Test("a body that throws undoes what it did, and its error is told")
    func throwing() async throws {
        let bench = try await PostgreSQLBench()
        await #expect(throws: Refused.self) {
            try await bench.database.write { transaction in
                try transaction.run("INSERT INTO accounts (id, name, balance) VALUES (1, 'a', 0)")
                throw Refused()
            }
        }
        #expect(try await bench.count() == 0)
    }

    @Test("a failed statement ends the transaction, even if the body goes on as if nothing were")
    func swallowing() async throws {
        let bench = try await PostgreSQLBench()
        try await bench.insert(1, "a")
        await #expect {
            try await bench.database.write { transaction in
                try transaction.run("INSERT INTO accounts (id, name, balance) VALUES (2, 'b', 0)")
                _ = try? transaction.run("INSERT INTO accounts (id, name, balance) VALUES (3, 'a', 0)")
                _ = try? transaction.run("INSERT INTO accounts (id, name, balance) VALUES (4, 'd', 0)")
            }
        } throws: { isConstraint(.unique)($0) }
        #expect(try await bench.count() == 1)
    }

    @Test("a read sees one snapshot, whatever commits while it runs")
    func snapshot() async throws {
        let bench = try await PostgreSQLBench()
        try await bench.insert(1)
        let writer = try bench.schema.session()
        try writer.run("SET search_path = \(bench.schema.name)")
        let other = Exclusive(writer)
        let counts = try await bench.database.read { transaction in
            let before = try transaction.row("SELECT count(*) FROM accounts")?.integer(0)
            try other.use { try $0.run("INSERT INTO accounts (id, name, balance) VALUES (2, 'b', 0)") }
            return [before, try transaction.row("SELECT count(*) FROM accounts")?.integer(0)]
        }
        #expect(counts == [1, 1])
        #expect(try await bench.count() == 2)
    }

    @Test("a statement whose number of values was wrong, or that did not parse, does no harm to the next")
    func recovery() async throws {
        let bench = try await PostgreSQLBench()
        let sql = "SELECT missing FROM accounts"
        await #expect(throws: DatabaseFailure.self) { _ = try await bench.database.read { try $0.row(sql) } }
        try bench.schema.session().run("ALTER TABLE \(bench.schema.name).accounts ADD COLUMN missing TEXT")
        #expect(try await bench.database.read { try $0.row(sql) } == nil)
    }
}
