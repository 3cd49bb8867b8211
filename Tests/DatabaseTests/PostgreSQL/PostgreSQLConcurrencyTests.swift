import TestDatabases
import Testing

@testable import Database

@Suite("Transactions at once on PostgreSQL", .onPostgreSQL)
struct PostgreSQLConcurrencyTests {
    /// Two nodes over one database.
    private func nodes() async throws -> [PostgreSQLBench] {
        let first = try await PostgreSQLBench()
        return [first, try await PostgreSQLBench(first.schema)]
    }

    @Test("of fifty who redeem one row at once on two nodes, exactly one wins, and all are answered")
    func redemption() async throws {
        let nodes = try await nodes()
        try await nodes[0].insert(1, balance: 1)
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for caller in 0..<50 {
                group.addTask {
                    try await nodes[caller % 2].database.write { transaction in
                        guard try transaction.row("SELECT balance FROM accounts WHERE id = 1")?.integer(0) == 1 else {
                            return false
                        }
                        return try transaction.run("UPDATE accounts SET balance = 0 WHERE id = 1 AND balance = 1") == 1
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(winners == 1)
    }

    @Test("what a body loads, reckons and saves is never overwritten by another that did the same, condition or not")
    func increments() async throws {
        let nodes = try await nodes()
        try await nodes[0].insert(1)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<50 {
                group.addTask {
                    try await nodes[caller % 2].database.write { transaction in
                        let balance = try transaction.row("SELECT balance FROM accounts WHERE id = 1")?.integer(0) ?? 0
                        try transaction.changeOne(
                            "UPDATE accounts SET balance = ? WHERE id = 1", .integer(balance + 1))
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await nodes[1].balance(1) == 50)
    }

    @Test("a rule over rows that the body does not change holds too: one of two remains, whoever leaves")
    func writeSkew() async throws {
        let nodes = try await nodes()
        for round in 0..<10 as Range<Int64> {
            let pair = [round * 2, round * 2 + 1]
            for id in pair { try await nodes[0].insert(id, balance: 1) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (place, id) in pair.enumerated() {
                    group.addTask {
                        try await nodes[place].database.write { transaction in
                            let present = try transaction.row(
                                "SELECT count(*) FROM accounts WHERE id IN (?, ?) AND balance = 1",
                                pair.map { .integer($0) })
                            guard try present?.integer(0) == 2 else { return }
                            try transaction.run("UPDATE accounts SET balance = 0 WHERE id = ?", .integer(id))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let balances = [try await nodes[0].balance(pair[0]), try await nodes[0].balance(pair[1])]
            #expect(balances.compactMap { $0 }.reduce(0, +) == 1)
        }
    }

    @Test("of fifty who make the same row when it is missing, one makes it and all find it")
    func findOrCreate() async throws {
        let nodes = try await nodes()
        let made = try await withThrowingTaskGroup(of: Bool.self) { group in
            for caller in 0..<50 as Range<Int64> {
                group.addTask {
                    try await nodes[Int(caller % 2)].database.write { transaction in
                        if try transaction.row("SELECT id FROM accounts WHERE name = 'one'") != nil { return false }
                        try transaction.run(
                            "INSERT INTO accounts (id, name, balance) VALUES (?, 'one', 0)", .integer(caller))
                        return true
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(made == 1)
        #expect(try await nodes[0].count() == 1)
    }

    @Test("rows that others change at once are no conflict, however small the table")
    func neighbours() async throws {
        let bench = try await PostgreSQLBench()
        for id in 1...8 as ClosedRange<Int64> { try await bench.insert(id) }
        try bench.schema.session().run("ANALYZE \(bench.schema.name).accounts")
        let runs = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for id in 1...8 as ClosedRange<Int64> {
                group.addTask {
                    for _ in 0..<20 {
                        try await bench.database.write { transaction in
                            runs.increment()
                            let row = try transaction.row("SELECT balance FROM accounts WHERE id = ?", .integer(id))
                            let balance = try row?.integer(0) ?? 0
                            try transaction.changeOne(
                                "UPDATE accounts SET balance = ? WHERE id = ?", .integer(balance + 1), .integer(id))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        for id in 1...8 as ClosedRange<Int64> { #expect(try await bench.balance(id) == 20) }
        // Some meet by chance, on a page of an index; locks on whole tables would make nearly all of them run again.
        #expect(runs.value < 240)
    }

    @Test("when too many transactions wait already, the next is refused at once")
    func fullQueue() async throws {
        var options = PostgreSQLOptions.few
        options.connections = 1
        options.waiting = 2
        let bench = try await PostgreSQLBench(options: options)
        let gate = ThreadGate()
        let holder = Task { try await bench.database.write { _ in gate.pass() } }
        await gate.reached()
        let waiting = (0..<2).map { _ in Task { try await bench.count() } }
        while bench.engine.waitingJobs < 2 { await Task.yield() }
        await #expect(performing: { try await bench.count() }, throws: isUnavailable)
        gate.open()
        try await holder.value
        for task in waiting { #expect(try await task.value == 0) }
    }

    @Test("closing lets what waits finish, and refuses what comes")
    func closing() async throws {
        let bench = try await PostgreSQLBench()
        let writes = (0..<20 as Range<Int64>).map { id in Task { try? await bench.insert(id) } }
        try await bench.database.close()
        await #expect(performing: { try await bench.insert(99) }, throws: isUnavailable)
        var done: Int64 = 0
        for write in writes where await write.value != nil { done += 1 }
        #expect(try await PostgreSQLBench(bench.schema).count() == done)
    }
}
