import GRDB
import Testing

@testable import Database

@Suite("Checkpoints")
struct CheckpointTests {
    private var frequent: SQLiteOptions {
        var options = SQLiteOptions()
        options.pagesBetweenCheckpoints = 20
        options.pagesBeforeRestart = 100
        return options
    }

    /// The first salt of the log's header: it changes when the log starts again from its beginning.
    /// <https://www.sqlite.org/fileformat2.html#walformat>
    private func salt(of bench: Bench) throws -> [UInt8] {
        Array(try contents(of: bench.directory.file.path + "-wal").dropFirst(16).prefix(4))
    }

    @Test("under steady writes the log starts again from its beginning", .timeLimit(.minutes(5)))
    func restart() async throws {
        let bench = try Bench(options: frequent)
        let first = try salt(of: bench)
        var written = 0
        while try salt(of: bench) == first {
            try await withThrowingTaskGroup { group in
                for _ in 0..<16 {
                    written += 1
                    group.addTask { [written] in try await bench.insert("\(written)") }
                }
                try await group.waitForAll()
            }
        }
        #expect(try await bench.texts().count == written)
    }

    @Test("a long read keeps the log from starting again, and hinders no write")
    func longRead() async throws {
        let bench = try Bench(options: frequent)
        try await bench.insert("first")
        let stranger = try bench.stranger()
        try stranger.inDatabase { try $0.execute(sql: "BEGIN; SELECT * FROM notes") }
        for round in 1...300 {
            try await bench.insert("\(round)")
        }
        try stranger.inDatabase { try $0.execute(sql: "COMMIT") }
        #expect(try await bench.texts().count == 301)
    }
}
