import Dispatch
import Synchronization
import Testing

@testable import Database

@Suite("Preparing an answer while committing")
struct WhileCommittingTests {
    private struct Unprepared: Error {}

    /// Inserts texts; the outcome is the row's id.
    private static func writes(of bench: Bench) -> JointWrites<String, Int64> {
        bench.database.jointWrites { texts, transaction in
            try texts.map { text in
                try transaction.row("INSERT INTO notes (text) VALUES (?) RETURNING id", .text(text))?.integer(0) ?? 0
            }
        }
    }

    @Test("the answer is prepared before the commit, while the writer is still busy with the batch")
    func overlap() async throws {
        let bench = try Bench()
        let prepared = DispatchSemaphore(value: 0)
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let opened = DispatchSemaphore(value: 0)
        let holder = Task {
            try await bench.database.write { _ in
                arrived.finish()
                opened.wait()
            }
        }
        for await _ in arrivals {}
        let ahead = Task {
            try await Self.writes(of: bench).write("ahead", about: 1) { id in
                prepared.signal()
                return "prepared \(id)"
            }
        }
        await bench.untilWaiting(1)
        let neighbour = Task {
            try await bench.database.write { _ in prepared.wait(timeout: .now() + 30) }
        }
        await bench.untilWaiting(2)
        opened.signal()
        try await holder.value
        #expect(try await neighbour.value == .success)
        #expect(try await ahead.value == "prepared 1")
    }

    @Test("what was prepared is not given out when the commit fails")
    func failingCommit() async throws {
        let bench = try Bench()
        bench.vetoCommits(true)
        let wasPrepared = Atomic(false)
        await #expect {
            try await Self.writes(of: bench).write("lost", about: 1) { _ in
                wasPrepared.store(true, ordering: .relaxed)
            }
        } throws: { isUnavailable($0) }
        let prepared = wasPrepared.load(ordering: .relaxed)
        #expect(prepared)
        bench.vetoCommits(false)
        #expect(try await bench.texts() == [])
    }

    @Test("a preparation that throws does not undo the write")
    func failingPreparation() async throws {
        let bench = try Bench()
        await #expect(throws: Unprepared.self) {
            try await Self.writes(of: bench).write("stays", about: 1) { _ in
                throw Unprepared()
            }
        }
        #expect(try await bench.texts() == ["stays"])
    }

    @Test("nothing is prepared when the body throws")
    func failingBody() async throws {
        let bench = try Bench()
        await #expect {
            try await Self.writes(of: bench).write("", about: 1) { _ in
                Issue.record("prepared for a write that failed")
            }
        } throws: { error in
            if case .constraint(.check, _) = error as? DatabaseFailure { true } else { false }
        }
    }
}
