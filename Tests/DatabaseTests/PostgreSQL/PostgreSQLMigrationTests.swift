import TestDatabases
import Testing

@testable import Database

@Suite("Migrations on PostgreSQL", .onPostgreSQL)
struct PostgreSQLMigrationTests {
    private let second = Migration(
        number: 2, name: "limits",
        sql: "ALTER TABLE accounts ADD COLUMN credit INTEGER NOT NULL DEFAULT 7; UPDATE accounts SET credit = 8;")

    private func open(_ schema: TestSchema, _ migrations: [Migration]) async throws -> Store {
        var options = PostgreSQLOptions.few
        options.connections = 2
        return Store(
            engine: try await PostgreSQLEngine.open(
                schema.location, migrations: migrations, logger: quiet, options: options))
    }

    @Test("of five nodes that start at once on an empty database, each finds every migration applied, once")
    func race() async throws {
        let schema = try TestSchema()
        // Applied twice, it would break: it has no IF NOT EXISTS, and its row is unique.
        let seed = Migration(
            number: 3, name: "seed", sql: "INSERT INTO accounts (id, name, balance, credit) VALUES (1, 'seed', 0, 0)")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    let node = try await open(schema, [accounts, second, seed])
                    #expect(try await node.read { try $0.rows("SELECT name FROM accounts").count } == 1)
                }
            }
            try await group.waitForAll()
        }
        let node = try await open(schema, [accounts, second, seed])
        let applied = try await node.read { transaction in
            try transaction.rows("SELECT number, name, hash FROM schema_migrations ORDER BY number")
        }
        #expect(
            applied
                == [accounts, second, seed].map {
                    Row(values: [.integer(Int64($0.number)), .text($0.name), .text($0.hash)])
                })
    }

    @Test("a later migration is applied to what is there")
    func later() async throws {
        let schema = try TestSchema()
        let before = try await open(schema, [accounts])
        try await before.write { try $0.run("INSERT INTO accounts (id, name, balance) VALUES (1, 'a', 0)") }
        let after = try await open(schema, [accounts, second])
        let credit = try await after.read { try $0.row("SELECT credit FROM accounts")?.integer(0) }
        #expect(credit == 8)
    }

    @Test("a migration that fails leaves nothing behind, and says which it was")
    func failing() async throws {
        let schema = try TestSchema()
        let broken = Migration(number: 2, name: "broken", sql: "CREATE TABLE half (id INTEGER); SELECT nonsense;")
        await #expect {
            _ = try await open(schema, [accounts, broken])
        } throws: { isMisuse($0) && "\($0)".contains("migration 2 (broken)") }
        let node = try await open(schema, [accounts, second])
        let tables = try await node.read { transaction in
            try transaction.rows(
                "SELECT 1 FROM information_schema.tables WHERE table_name = 'half' AND table_schema = current_schema()")
        }
        #expect(tables.isEmpty)
    }

    @Test("a changed migration and a newer database are refused")
    func refusals() async throws {
        let schema = try TestSchema()
        _ = try await open(schema, [accounts, second])
        let changed = Migration(number: 1, name: "accounts", sql: accounts.sql + " ")
        for migrations in [[changed, second], [accounts]] {
            await #expect(performing: { _ = try await open(schema, migrations) }, throws: isMisuse)
        }
    }

    @Test("tables leave room on their pages, so that rows are changed in place and no index with them")
    func inPlace() async throws {
        let bench = try await PostgreSQLBench()
        for id in 1...5 as ClosedRange<Int64> { try await bench.insert(id) }
        let session = try bench.schema.session()
        let options = try session.rows(
            "SELECT array_to_string(reloptions, ' ') FROM pg_class WHERE oid = ?::regclass",
            .text("\(bench.schema.name).accounts"))
        #expect(options == [Row(values: ["fillfactor=80"])])
    }
}
