import Testing

@testable import Database

@Suite("One SQL, in PostgreSQL's words")
struct DialectTests {
    @Test(
        "values, types and table options are said as PostgreSQL says them",
        arguments: [
            ("SELECT a FROM t WHERE b = ? AND c IN (?, ?)", "SELECT a FROM t WHERE b = $1 AND c IN ($2, $3)"),
            (
                "CREATE TABLE t (a INTEGER, b blob) STRICT;",
                "CREATE TABLE t (a BIGINT, b BYTEA) WITH (fillfactor = 80);"
            ),
            ("UPDATE t SET a = X'0aFF', b = x''", "UPDATE t SET a = '\\x0aFF', b = '\\x'"),
            ("SELECT CAST(? AS INTEGER)", "SELECT CAST($1 AS BIGINT)"),
        ])
    func translation(portable: String, expected: String) {
        #expect(PostgreSQLDialect(portable).sql == expected)
    }

    @Test(
        "literals, quoted names, comments and longer words stay as they are",
        arguments: [
            "SELECT 'what? INTEGER', 'it''s a ? BLOB' FROM t",
            "SELECT \"INTEGER\", \"a \"\"?\"\" b\" FROM t",
            "SELECT 1 -- a ? of an INTEGER",
            "SELECT /* ? BLOB */ 1",
            "SELECT integer_count, blob_2, STRICTLY, blöb FROM t",
            "SELECT 'never closed ?",
        ])
    func untouched(sql: String) {
        #expect(PostgreSQLDialect(sql).sql == sql)
        #expect(PostgreSQLDialect(sql).placeholders == 0)
    }

    @Test("placeholders are counted, and go on after a literal and a comment")
    func placeholders() {
        let dialect = PostgreSQLDialect("SELECT ?, '?', ? -- ?\n, ?")
        #expect(dialect.sql == "SELECT $1, '?', $2 -- ?\n, $3")
        #expect(dialect.placeholders == 3)
    }
}

@Suite("Where PostgreSQL is")
struct PostgreSQLAddressTests {
    @Test(
        "a location tells host, port and database, and never the password",
        arguments: [
            "postgres://latchkey:hunter2@db.example:5433/identity?sslmode=require",
            "host=db.example port=5433 dbname=identity user=latchkey password=hunter2",
            "postgresql://latchkey@db.example:5433/identity?password=hunter2",
        ])
    func description(connection: String) {
        let location = DatabaseLocation.postgresql(connection: connection)
        var dumped = ""
        dump(location, to: &dumped)
        for text in ["\(location)", String(reflecting: location), dumped] {
            #expect(text.contains("PostgreSQL identity at db.example:5433"))
            #expect(!text.contains("hunter2"))
        }
    }

    @Test(
        "a string that cannot be right is refused without being quoted",
        arguments: [
            "postgres://latchkey:hunter2@db.example:port/identity?nonsense=1",
            "postgres://latchkey:hunter2/x@db.example/identity",
            "host=db.example password='hunter2",
        ])
    func refusal(connection: String) async {
        await #expect {
            _ = try await Store.open(.postgresql(connection: connection), migrations: [], logger: quiet)
        } throws: { error in
            isMisuse(error) && !"\(error)".contains("hunter2")
        }
        #expect(!"\(DatabaseLocation.postgresql(connection: connection))".contains("hunter2"))
    }

    @Test("what begins like a URI of PostgreSQL is one, and everything else is a path")
    func written() {
        #expect(DatabaseLocation("postgres://db/x") == .postgresql(connection: "postgres://db/x"))
        #expect(DatabaseLocation("postgresql://db/x") == .postgresql(connection: "postgresql://db/x"))
        #expect(DatabaseLocation("state/latchkey.sqlite") == .sqlite(path: "state/latchkey.sqlite"))
    }
}
