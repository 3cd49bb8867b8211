import Foundation
import TestDatabases
import Testing

@testable import Database

@Suite("A line that is cut during COMMIT", .onPostgreSQL)
struct CutCommitTests {
    @Test(
        "the write is committed once and says so, or says that it is not", .timeLimit(.minutes(1)),
        arguments: CuttingProxy.Cut.allCases, [false, true])
    func cut(cut: CuttingProxy.Cut, withLastStatement: Bool) async throws {
        let schema = try TestSchema()
        let proxy = try CuttingProxy(to: try port(of: schema.location))
        defer { proxy.stop() }
        let through = schema.location.replacing(":\(try port(of: schema.location))/", with: ":\(proxy.port)/")
        let bench = try await PostgreSQLBench(schema, location: through)
        let direct = try await PostgreSQLBench(schema)
        try await bench.insert(1)
        let runs = Counter()
        proxy.arm(cut)
        let start = ContinuousClock.now
        try await bench.database.write { transaction in
            runs.increment()
            let balance = try transaction.row("SELECT balance FROM accounts WHERE id = 1")?.integer(0) ?? 0
            let update = "UPDATE accounts SET balance = ? WHERE id = 1"
            if withLastStatement {
                try transaction.changeOne(update, .integer(balance + 1))
            } else {
                try transaction.run(update, .integer(balance + 1))
            }
        }
        #expect(ContinuousClock.now - start < .longestAnswer)
        #expect(proxy.count == 1)
        #expect(try await direct.balance(1) == 1)
        // What had reached the server is not run again; what had not is.
        let reached = cut == .after || cut == .afterSilently
        #expect(runs.value == (reached ? 1 : 2))
        #expect(try await bench.insert(2) == 1)
    }

    @Test("an outcome that cannot be found out is told as unknown, not guessed", .timeLimit(.minutes(1)))
    func unresolved() async throws {
        let schema = try TestSchema()
        let proxy = try CuttingProxy(to: try port(of: schema.location))
        let through = schema.location.replacing(":\(try port(of: schema.location))/", with: ":\(proxy.port)/")
        let bench = try await PostgreSQLBench(schema, location: through)
        let direct = try await PostgreSQLBench(schema)
        proxy.arm(.after)
        let start = ContinuousClock.now
        await #expect {
            try await bench.database.write { transaction in
                try transaction.run("INSERT INTO accounts (id, name, balance) VALUES (1, 'a', 0)")
                // From now on nobody gets in any more.
                proxy.stop()
            }
        } throws: { isUnavailable($0) && "\($0)".contains("outcome of a commit is unknown") }
        #expect(ContinuousClock.now - start < .longestAnswer)
        #expect(try await direct.count() == 1)
    }

    private func port(of location: String) throws -> UInt16 {
        let text = try #require(location.firstMatch(of: /:([0-9]+)\//)).1
        return try #require(UInt16(text))
    }
}

@Suite("PostgreSQL away", .onPostgreSQL)
struct PostgreSQLOutageTests {
    @Test("no call waits for five seconds")
    func limits() {
        let options = PostgreSQLOptions()
        #expect(options.patience + options.resolution < .seconds(5))
    }

    @Test("where nothing listens, the error names host and database and not the password")
    func nothingThere() async {
        await #expect {
            _ = try await Store.open(
                .postgresql(connection: "postgres://latchkey:hunter2@127.0.0.1:1/identity"), migrations: [accounts],
                logger: quiet)
        } throws: { error in
            let text = "\(error)"
            return isUnavailable(error) && text.contains("identity at 127.0.0.1:1") && text.contains("refused")
                && !text.contains("hunter2")
        }
    }

    @Test("a connection that the server ends is opened again, and the write is none the worse")
    func terminated() async throws {
        let bench = try await PostgreSQLBench()
        try await bench.insert(1)
        let ends = Counter()
        let schema = bench.schema
        try await bench.database.write { transaction in
            let id = try transaction.row("SELECT pg_backend_pid()")?.integer(0) ?? 0
            if ends.value == 0 {
                ends.increment()
                _ = try schema.session().rows("SELECT pg_terminate_backend(?::int4)", .integer(id))
            }
            try transaction.run("UPDATE accounts SET balance = balance + 1 WHERE id = 1")
        }
        #expect(try await bench.balance(1) == 1)
    }

    @Test("a body that breaks its connection every time is given up")
    func poison() async throws {
        let bench = try await PostgreSQLBench()
        let runs = Counter()
        await #expect {
            try await bench.database.write { transaction in
                runs.increment()
                _ = try transaction.row("SELECT pg_terminate_backend(pg_backend_pid())")
            }
        } throws: { isUnavailable($0) }
        #expect(runs.value == PostgreSQLJob.tolerableLosses)
        #expect(try await bench.count() == 0)
    }

    @Test("a statement that takes too long is ended", .timeLimit(.minutes(1)))
    func slow() async throws {
        var options = PostgreSQLOptions.few
        options.patience = .milliseconds(300)
        let bench = try await PostgreSQLBench(options: options)
        await #expect(
            performing: { _ = try await bench.database.read { try $0.row("SELECT 1 WHERE pg_sleep(20) IS NOT NULL") } },
            throws: isUnavailable)
        #expect(try await bench.count() == 0)
    }

    /// How the server goes away.
    enum Departure: String, CaseIterable {
        case fast, immediate, killed, frozen
    }

    @Test(
        "stopped, killed or frozen under load: every call is answered in time, nothing waits, it comes back",
        .timeLimit(.minutes(2)), arguments: Departure.allCases)
    func underLoad(departure: Departure) async throws {
        let cluster = try await PrivateCluster.start()
        let bench = try await PostgreSQLBench(try TestSchema(on: cluster.url), options: .few)
        let load = Load(bench)
        let callers = Task { await load.run(callers: 24) }
        while load.acknowledged.value < 200 { try await Task.sleep(for: .milliseconds(5)) }
        try await cluster.leave(departure)
        let refusedBefore = load.refused.value
        while load.refused.value < refusedBefore + 48 { try await Task.sleep(for: .milliseconds(5)) }
        await #expect(performing: { try await bench.count() }, throws: isUnavailable)
        #expect(bench.engine.waitingJobs <= 24)
        try await cluster.comeBack(from: departure)
        let acknowledgedBefore = load.acknowledged.value
        while load.acknowledged.value < acknowledgedBefore + 200 { try await Task.sleep(for: .milliseconds(5)) }
        load.end()
        let slowest = await callers.value
        #expect(slowest < .longestAnswer)
        #expect(bench.engine.waitingJobs == 0)
        let missing = try await load.missing()
        #expect(missing == 0)
    }
}

extension Duration {
    /// The engine's own limits come to less than five seconds; the rest is for a machine that many tests share.
    static var longestAnswer: Duration { .seconds(10) }
}
