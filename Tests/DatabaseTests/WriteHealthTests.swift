import GRDB
import Testing

@testable import Database

@Suite("Whether writes are taken")
struct WriteHealthTests {
    private var impatient: SQLiteOptions {
        var options = SQLiteOptions()
        options.busyTimeout = .milliseconds(20)
        return options
    }

    @Test("a write that another's lock keeps out shows, and so does the next one that succeeds")
    func lock() async throws {
        let bench = try Bench(options: impatient)
        #expect(bench.database.takesWrites)
        let stranger = try bench.stranger()
        try stranger.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        await #expect(performing: { try await bench.database.probe() }, throws: isUnavailable)
        #expect(!bench.database.takesWrites)
        try stranger.inDatabase { try $0.execute(sql: "ROLLBACK") }
        try await bench.database.probe()
        #expect(bench.database.takesWrites)
    }

    @Test("a commit that fails beside the preparation of its answer shows")
    func whileCommitting() async throws {
        let bench = try Bench()
        try bench.writer.inDatabase { try $0.execute(sql: "PRAGMA query_only = 1") }
        let inserts = bench.database.jointWrites { (texts: [String], transaction) in
            try texts.map { try transaction.run("INSERT INTO notes (text) VALUES (?)", .text($0)) }
        }
        await #expect(
            performing: { _ = try await inserts.write("lost", about: 1, whileCommitting: { $0 }) },
            throws: isUnavailable)
        #expect(!bench.database.takesWrites)
    }

    @Test("a row that the schema refuses says nothing of the storage")
    func constraint() async throws {
        let bench = try Bench()
        await #expect(throws: DatabaseFailure.self) {
            try await bench.database.write { try $0.run("INSERT INTO notes (text) VALUES (NULL)") }
        }
        #expect(bench.database.takesWrites)
    }

    @Test("the probe really writes, so that a full disk is not mistaken for a good one, and leaves nothing behind")
    func probeWrites() async throws {
        let bench = try Bench()
        let log = bench.directory.file.path + "-wal"
        let migrations = "SELECT number, name, hash FROM schema_migrations ORDER BY number"
        let rows = try await bench.database.read { try $0.rows(migrations) }
        let before = try contents(of: log)
        try await bench.database.probe()
        #expect(try contents(of: log) != before)
        #expect(try await bench.database.read { try $0.rows(migrations) }.count == rows.count)
    }
}
