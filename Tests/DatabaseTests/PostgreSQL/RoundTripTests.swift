import TestDatabases
import Testing

@testable import Database

@Suite("Round trips to PostgreSQL", .onPostgreSQL)
struct RoundTripTests {
    /// How often a connection waits for the server during one transaction, its statements being known to it or not.
    private func roundTrips<R: Sendable>(
        _ access: PostgreSQLStatements.Access, _ body: @escaping @Sendable (Transaction) throws -> R
    ) async throws -> Int {
        let bench = try await PostgreSQLBench()
        try await bench.insert(1)
        let connection = try PostgreSQLConnection.open(bench.schema.address(), .few)
        let ending = PostgreSQLTransaction(access: access, body: body).run(on: connection, until: .now + .seconds(10))
        guard case .answered(let result) = ending else { throw DatabaseFailure.unavailable("\(ending)") }
        _ = try result.get()
        return connection.roundTrips
    }

    private let select = "SELECT balance FROM accounts WHERE id = ?"
    private let update = "UPDATE accounts SET balance = ? WHERE id = ? AND balance = ?"

    @Test("a read of one statement is one round trip")
    func reading() async throws {
        let count = try await roundTrips(.reading) { [select] transaction in
            try transaction.row(select, 1)
        }
        #expect(count == 1)
    }

    @Test("loading a row and changing it is two: BEGIN goes with the first statement, COMMIT with the last")
    func rotation() async throws {
        let count = try await roundTrips(.writing) { [select, update] transaction in
            let balance = try transaction.row(select, 1)?.integer(0) ?? 0
            try transaction.changeOne(update, .integer(balance + 1), 1, .integer(balance))
        }
        #expect(count == 2)
    }

    @Test("a change whose number of rows the body waits for is one more")
    func waiting() async throws {
        let count = try await roundTrips(.writing) { [select, update] transaction in
            let balance = try transaction.row(select, 1)?.integer(0) ?? 0
            guard try transaction.run(update, .integer(balance + 1), 1, .integer(balance)) == 1 else { return }
        }
        #expect(count == 3)
    }

    @Test("changes that need no answer travel together, and are checked before the commit")
    func several() async throws {
        let count = try await roundTrips(.writing) { [select, update] transaction in
            _ = try transaction.row(select, 1)
            try transaction.changeOne(update, 1, 1, 0)
            try transaction.changeOne(update, 2, 1, 1)
        }
        #expect(count == 3)
    }

    @Test("a body without a statement asks the server nothing")
    func nothing() async throws {
        let count = try await roundTrips(.writing) { _ in true }
        #expect(count == 0)
    }

    @Test(
        "a change of no row, where one was to be, undoes the whole transaction",
        arguments: [false, true])
    func missing(afterAnother: Bool) async throws {
        let bench = try await PostgreSQLBench()
        try await bench.insert(1)
        await #expect {
            try await bench.database.write { [update] transaction in
                if afterAnother { try transaction.changeOne(update, 5, 1, 0) }
                try transaction.changeOne(update, 6, 2, 0)
            }
        } throws: { isMisuse($0) }
        #expect(try await bench.balance(1) == 0)
    }
}
