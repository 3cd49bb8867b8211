import Dispatch
import GRDB
import Testing

@testable import Database

@Suite("Snapshots")
struct SnapshotTests {
    @Test("a read does not see what commits while it runs; the next one does")
    func consistency() async throws {
        let bench = try Bench()
        let stranger = try bench.stranger()
        let counts = try await bench.database.read { transaction in
            let before = try transaction.rows("SELECT 1 FROM notes").count
            try stranger.inDatabase { try $0.execute(sql: "INSERT INTO notes (text) VALUES ('meanwhile')") }
            return [before, try transaction.rows("SELECT 1 FROM notes").count]
        }
        #expect(counts == [0, 0])
        #expect(try await bench.texts() == ["meanwhile"])
    }

    @Test("a read does not wait for the writer, and sees nothing uncommitted")
    func besideWriter() async throws {
        let bench = try Bench()
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let opened = DispatchSemaphore(value: 0)
        let write = Task {
            try await bench.database.write { transaction in
                try transaction.run("INSERT INTO notes (text) VALUES ('uncommitted')")
                arrived.finish()
                opened.wait()
            }
        }
        for await _ in arrivals {}
        #expect(try await bench.texts() == [])
        opened.signal()
        try await write.value
        #expect(try await bench.texts() == ["uncommitted"])
    }

    @Test("many reads at once all see whole transactions")
    func parallelReads() async throws {
        let bench = try Bench()
        try await bench.database.write { try $0.run("INSERT INTO notes (id, text) VALUES (1, 'a0'), (2, 'b0')") }
        try await withThrowingTaskGroup { group in
            group.addTask {
                for round in 1...200 {
                    try await bench.database.write { transaction in
                        try transaction.run("UPDATE notes SET text = ? WHERE id = 1", .text("a\(round)"))
                        try transaction.run("UPDATE notes SET text = ? WHERE id = 2", .text("b\(round)"))
                    }
                }
            }
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<200 {
                        let rounds = try await bench.texts().map { $0.dropFirst() }
                        #expect(rounds[0] == rounds[1])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
