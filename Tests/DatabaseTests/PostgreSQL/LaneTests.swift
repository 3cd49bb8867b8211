import Synchronization
import TestDatabases
import Testing

@testable import Database

@Suite("Writes that go together to PostgreSQL", .onPostgreSQL)
struct LaneTests {
    /// A lane that inserts accounts by their names; the outcome is how many were written with it.
    private struct Lane: Sendable {
        let bench: PostgreSQLBench
        let lane: PostgreSQLLane<String, Int>
        let pool: PostgreSQLPool
        /// What each run of the body was given.
        let runs = Log()
        /// The name `gate` waits here.
        let gate = ThreadGate()

        init(_ configure: (inout PostgreSQLOptions) -> Void = { _ in }) async throws {
            bench = try await PostgreSQLBench()
            var options = PostgreSQLOptions.few
            // The gate is part of the transaction, and a busy machine is not what is tested.
            options.patience = .seconds(60)
            configure(&options)
            pool = PostgreSQLPool(try bench.schema.address(), options)
            lane = PostgreSQLLane(pool) { [runs, gate] names, transaction in
                runs.append(names)
                if names.contains("gate") { gate.pass() }
                if names.contains("away") { throw DatabaseFailure.unavailable("away") }
                for (index, name) in names.enumerated() {
                    try transaction.run(
                        "INSERT INTO accounts (id, name, balance) VALUES (?, ?, 0)",
                        .integer(Int64(runs.count * 1_000 + index)), .text(name))
                }
                return names.map { _ in names.count }
            }
        }

        func write(_ name: String) async throws -> Int {
            try await withCheckedThrowingContinuation { lane.submit(name, $0) }.value
        }

        /// Writes these together: they wait for a transaction that is let go when all are there.
        func writeTogether(_ names: [String]) async throws -> [Result<Int, any Error>] {
            let first = Task { try await write("gate") }
            await gate.reached()
            let tasks = names.map { name in Task { try await write(name) } }
            while lane.waitingItems < names.count { await Task.yield() }
            gate.open()
            _ = try await first.value
            var results: [Result<Int, any Error>] = []
            for task in tasks { results.append(await task.result) }
            return results
        }
    }

    private final class Log: Sendable {
        private let entries = Mutex<[[String]]>([])
        var all: [[String]] { entries.withLock { $0 } }
        var count: Int { entries.withLock { $0.count } }
        func append(_ entry: [String]) { entries.withLock { $0.append(entry) } }
    }

    @Test("what finds the lane free goes at once; what arrives meanwhile goes with the next transaction")
    func together() async throws {
        let lane = try await Lane()
        let results = try await lane.writeTogether((0..<9).map { "\($0)" })
        #expect(results.allSatisfy { (try? $0.get()) == 9 })
        #expect(lane.runs.all.map(\.count) == [1, 9])
        #expect(try await lane.bench.count() == 10)
        #expect(try await lane.write("later") == 1)
        await lane.pool.close()
    }

    @Test("no transaction takes more than its share")
    func share() async throws {
        let lane = try await Lane { $0.together = 4 }
        _ = try await lane.writeTogether((0..<10).map { "\($0)" })
        #expect(lane.runs.all.map(\.count) == [1, 4, 4, 2])
        #expect(try await lane.bench.count() == 11)
        await lane.pool.close()
    }

    /// An account needs a name, says the schema.
    @Test("one item that fails is refused alone; its neighbours are written")
    func neighbours() async throws {
        let lane = try await Lane()
        let results = try await lane.writeTogether(["a", "b", "", "c"])
        let failures = results.compactMap { result in
            if case .failure(let error) = result { error } else { nil }
        }
        #expect(failures.count == 1)
        #expect(failures.allSatisfy(isConstraint(.check)))
        #expect(try await lane.bench.count() == 4)
        #expect(lane.runs.all.map(\.count) == [1, 4, 1, 1, 1, 1])
        #expect(try await lane.write("later") == 1)
        await lane.pool.close()
    }

    @Test("a database that is unavailable refuses all that wait, and the lane is free again")
    func unavailable() async throws {
        let lane = try await Lane { $0.together = 2 }
        let results = try await lane.writeTogether(["away", "b", "c", "d"])
        for result in results {
            #expect { try result.get() } throws: { isUnavailable($0) }
        }
        #expect(lane.runs.count == 2, "nobody else found out for himself")
        #expect(try await lane.write("later") == 1)
        #expect(try await lane.bench.count() == 2)
        await lane.pool.close()
    }

    @Test("where nothing listens all are refused, and none is kept")
    func nothingThere() async throws {
        let pool = PostgreSQLPool(
            try PostgreSQLAddress("postgres://latchkey@127.0.0.1:1/identity"), PostgreSQLOptions())
        let lane = PostgreSQLLane<Int, Int>(pool) { items, _ in items }
        await withTaskGroup(of: Bool.self) { group in
            for item in 0..<200 {
                group.addTask {
                    do {
                        _ = try await withCheckedThrowingContinuation { lane.submit(item, $0) }
                        return false
                    } catch {
                        return isUnavailable(error)
                    }
                }
            }
            for await isRefused in group { #expect(isRefused) }
        }
        #expect(lane.waitingItems == 0)
        #expect(pool.waitingJobs == 0)
    }

    @Test("when too many wait, more are refused at once")
    func bound() async throws {
        let lane = try await Lane { $0.waitingInLane = 3 }
        let first = Task { try await lane.write("gate") }
        await lane.gate.reached()
        let waiting = (0..<3).map { number in Task { try await lane.write("\(number)") } }
        while lane.lane.waitingItems < 3 { await Task.yield() }
        await #expect { _ = try await lane.write("too many") } throws: { isUnavailable($0) }
        lane.gate.open()
        #expect(try await first.value == 1)
        for task in waiting { #expect(try await task.value == 3) }
        await lane.pool.close()
    }

    @Test("a caller that is cancelled while it waits disturbs no one and learns what happened")
    func cancellation() async throws {
        let lane = try await Lane()
        let first = Task { try await lane.write("gate") }
        await lane.gate.reached()
        let tasks = (0..<3).map { number in Task { try await lane.write("\(number)") } }
        while lane.lane.waitingItems < 3 { await Task.yield() }
        tasks[1].cancel()
        lane.gate.open()
        _ = try await first.value
        for task in tasks { #expect(try await task.value == 3) }
        #expect(try await lane.bench.count() == 4)
        await lane.pool.close()
    }

    @Test("what has waited long is refused rather than written late", .timeLimit(.minutes(1)))
    func overdue() async throws {
        let lane = try await Lane { $0.patience = .seconds(1) }
        let first = Task { try await lane.write("gate") }
        await lane.gate.reached()
        let late = Task { try await lane.write("late") }
        while lane.lane.waitingItems < 1 { await Task.yield() }
        // Here it is time itself that is tested.
        try await Task.sleep(for: .milliseconds(600))
        lane.gate.open()
        _ = await first.result
        await #expect { _ = try await late.value } throws: { isUnavailable($0) }
        #expect(!lane.runs.all.contains(["late"]))
        await lane.pool.close()
    }

    @Test("a pool that closes lets what waits in a lane finish")
    func closing() async throws {
        let lane = try await Lane()
        let first = Task { try await lane.write("gate") }
        await lane.gate.reached()
        let waiting = (0..<3).map { number in Task { try await lane.write("\(number)") } }
        while lane.lane.waitingItems < 3 { await Task.yield() }
        let closing = Task { await lane.pool.close() }
        lane.gate.open()
        _ = try await first.value
        for task in waiting { #expect(try await task.value == 3) }
        await closing.value
        await #expect { _ = try await lane.write("closed") } throws: { isUnavailable($0) }
    }
}
