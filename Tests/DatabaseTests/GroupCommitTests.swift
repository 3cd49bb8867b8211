import Dispatch
import Testing

@testable import Database

@Suite("Group commit")
struct GroupCommitTests {
    private struct Refused: Error {}

    /// Stops the writer inside a body, so that the writes of a test gather in one batch behind it.
    private struct Gate: Sendable {
        private let opened = DispatchSemaphore(value: 0)

        /// Returns once the writer stands in the gate.
        func hold(_ database: Store) async -> Task<Void, any Error> {
            let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
            let holder = Task {
                try await database.write { _ in
                    arrived.finish()
                    opened.wait()
                }
            }
            for await _ in arrivals {}
            return holder
        }

        func open() { opened.signal() }
    }

    /// Runs the writes as one batch and answers how each ended, in order.
    private func batch(
        on bench: Bench, _ bodies: [@Sendable (Transaction) throws -> Void]
    ) async throws -> [Result<Void, any Error>] {
        let gate = Gate()
        let holder = await gate.hold(bench.database)
        var writes: [Task<Void, any Error>] = []
        for body in bodies {
            writes.append(Task { try await bench.database.write(body) })
            await bench.untilWaiting(writes.count)
        }
        gate.open()
        _ = await holder.result
        var results: [Result<Void, any Error>] = []
        for write in writes { results.append(await write.result) }
        return results
    }

    @Test("64 parallel writers lose no update, and all are there after a restart")
    func parallelWriters() async throws {
        let bench = try Bench()
        try await bench.database.write { try $0.run("INSERT INTO notes (id, text) VALUES (0, '0')") }
        try await withThrowingTaskGroup { group in
            for writer in 1...64 {
                group.addTask {
                    for round in 1...10 {
                        try await bench.database.write { transaction in
                            let count = try transaction.row("SELECT text FROM notes WHERE id = 0")?.text(0) ?? ""
                            let next = String((Int(count) ?? 0) + 1)
                            try transaction.run("UPDATE notes SET text = ? WHERE id = 0", .text(next))
                            try transaction.run("INSERT INTO notes (text) VALUES (?)", .text("\(writer)/\(round)"))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await bench.database.close()
        let texts = try await Bench(in: bench.directory).texts()
        #expect(texts.count == 641)
        #expect(texts.contains("640"))
    }

    @Test("a body that throws is undone alone; its neighbours in the batch stay")
    func savepoints() async throws {
        let bench = try Bench()
        let results = try await batch(
            on: bench,
            [
                { try $0.run("INSERT INTO notes (text) VALUES ('first')") },
                { transaction in
                    try transaction.run("INSERT INTO notes (text) VALUES ('undone')")
                    throw Refused()
                },
                { try $0.run("INSERT INTO notes (text) VALUES ('first')") },
                { try $0.run("INSERT INTO notes (text) VALUES ('last')") },
            ])
        try results[0].get()
        #expect(throws: Refused.self) { try results[1].get() }
        #expect {
            try results[2].get()
        } throws: { error in
            if case .constraint(.unique, _) = error as? DatabaseFailure { true } else { false }
        }
        try results[3].get()
        #expect(try await bench.texts() == ["first", "last"])
    }

    @Test("a deferred foreign key left unmet fails its own body, not the batch")
    func deferredForeignKey() async throws {
        let bench = try Bench()
        let results = try await batch(
            on: bench,
            [
                { try $0.run("INSERT INTO answers (note_id) VALUES (1)") },
                { transaction in
                    try transaction.run("INSERT INTO answers (note_id) VALUES (2)")
                    try transaction.run("INSERT INTO notes (id, text) VALUES (2, 'met')")
                },
            ])
        #expect {
            try results[0].get()
        } throws: { error in
            if case .constraint(.foreignKey, _) = error as? DatabaseFailure { true } else { false }
        }
        try results[1].get()
        #expect(try await bench.texts() == ["met"])
    }

    @Test("a failing commit fails every caller of the batch, also one whose body had thrown, and leaves nothing")
    func failingCommit() async throws {
        let bench = try Bench()
        bench.vetoCommits(true)
        let results = try await batch(
            on: bench,
            [
                { try $0.run("INSERT INTO notes (text) VALUES ('one')") },
                { _ in throw Refused() },
                { try $0.run("INSERT INTO notes (text) VALUES ('two')") },
            ])
        for result in results {
            #expect(performing: { try result.get() }, throws: isUnavailable)
        }
        bench.vetoCommits(false)
        #expect(try await bench.texts() == [])
        try await bench.insert("later")
        #expect(try await bench.texts() == ["later"])
    }

    @Test("a body cannot go on after a statement failed, nor keep what it wrote before")
    func failedStatement() async throws {
        let bench = try Bench()
        try await bench.insert("taken")
        await #expect {
            try await bench.database.write { transaction in
                try transaction.run("INSERT INTO notes (text) VALUES ('before')")
                _ = try? transaction.run("INSERT INTO notes (text) VALUES ('taken')")
                _ = try? transaction.run("INSERT INTO notes (text) VALUES ('after')")
            }
        } throws: { error in
            if case .constraint(.unique, _) = error as? DatabaseFailure { true } else { false }
        }
        #expect(try await bench.texts() == ["taken"])
    }

    @Test("a body may answer a failed statement with a refusal of its own")
    func refusalAfterFailure() async throws {
        let bench = try Bench()
        try await bench.insert("taken")
        await #expect(throws: Refused.self) {
            try await bench.database.write { transaction in
                do {
                    try transaction.run("INSERT INTO notes (text) VALUES ('taken')")
                } catch DatabaseFailure.constraint(.unique, _) {
                    throw Refused()
                }
            }
        }
    }

    @Test("writes beyond the limit are refused at once, and the others go on")
    func boundedQueue() async throws {
        var options = SQLiteOptions()
        options.waitingWrites = 2
        let bench = try Bench(options: options)
        let gate = Gate()
        let holder = await gate.hold(bench.database)
        let first = Task { try await bench.insert("first") }
        await bench.untilWaiting(1)
        let second = Task { try await bench.insert("second") }
        await bench.untilWaiting(2)
        await #expect(performing: { try await bench.insert("third") }, throws: isUnavailable)
        gate.open()
        try await holder.value
        try await first.value
        try await second.value
        #expect(try await bench.texts() == ["first", "second"])
    }

    @Test("a write whose task is cancelled while it waits still answers, and has happened")
    func cancelledWhileWaiting() async throws {
        let bench = try Bench()
        let gate = Gate()
        let holder = await gate.hold(bench.database)
        let cancelled = Task { try await bench.insert("cancelled") }
        await bench.untilWaiting(1)
        cancelled.cancel()
        gate.open()
        try await holder.value
        try await cancelled.value
        #expect(try await bench.texts() == ["cancelled"])
    }

    @Test("a write whose task was cancelled before has not happened")
    func cancelledBefore() async throws {
        let bench = try Bench()
        let cancelled = Task {
            while !Task.isCancelled { await Task.yield() }
            try await bench.insert("never")
        }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        #expect(try await bench.texts() == [])
    }
}
