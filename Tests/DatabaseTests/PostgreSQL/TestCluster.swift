import TestDatabases
import Testing

@testable import Database

extension TestSchema {
    /// A connection of someone else's to the same cluster.
    func session() throws -> PostgreSQLSession {
        try PostgreSQLSession(try PostgreSQLAddress(cluster), connectTimeout: 5)
    }

    func address() throws -> PostgreSQLAddress { try PostgreSQLAddress(location) }
}

/// `accounts(id, name, balance, secret)`, and `entries` whose foreign key waits for the commit.
let accounts = Migration(
    number: 1, name: "accounts",
    sql: """
        CREATE TABLE accounts (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE CHECK (name <> ''),
            balance INTEGER NOT NULL,
            secret BLOB
        ) STRICT;
        CREATE TABLE entries (
            id INTEGER PRIMARY KEY,
            account_id INTEGER NOT NULL REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED
        ) STRICT;
        """)

/// A database under test on PostgreSQL.
struct PostgreSQLBench: Sendable {
    let schema: TestSchema
    let database: Store
    let engine: PostgreSQLEngine

    init(_ schema: TestSchema? = nil, location: String? = nil, options: PostgreSQLOptions = .few) async throws {
        self.schema = try schema ?? TestSchema()
        engine = try await PostgreSQLEngine.open(
            location ?? self.schema.location, migrations: [accounts], logger: quiet, options: options)
        database = Store(engine: engine)
    }

    @discardableResult
    func insert(_ id: Int64, _ name: String? = nil, balance: Int64 = 0) async throws -> Int {
        try await database.write { transaction in
            try transaction.run(
                "INSERT INTO accounts (id, name, balance) VALUES (?, ?, ?)", .integer(id), .text(name ?? "\(id)"),
                .integer(balance))
        }
    }

    func balance(_ id: Int64) async throws -> Int64? {
        try await database.read { try $0.row("SELECT balance FROM accounts WHERE id = ?", .integer(id))?.integer(0) }
    }

    func count() async throws -> Int64? {
        try await database.read { try $0.row("SELECT count(*) FROM accounts")?.integer(0) }
    }
}

extension PostgreSQLOptions {
    /// Tests run at once; together they ask for fewer connections than the cluster has.
    static var few: PostgreSQLOptions {
        var options = PostgreSQLOptions()
        options.connections = 8
        return options
    }
}

func isConstraint(_ kind: DatabaseFailure.Constraint) -> (any Error) -> Bool {
    { error in
        if case .constraint(kind, _) = error as? DatabaseFailure { true } else { false }
    }
}

func isMisuse(_ error: any Error) -> Bool {
    if case .misuse = error as? DatabaseFailure { true } else { false }
}
