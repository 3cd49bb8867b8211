import GRDB
import Glibc
import Testing

@testable import Database

@Suite("Durability")
struct DurabilityTests {
    @Test("the writer syncs every commit, checks foreign keys and leaves checkpoints to others")
    func writerSettings() async throws {
        let bench = try Bench()
        let settings = try await bench.database.write { transaction in
            try ["synchronous", "foreign_keys"].map { name in
                try transaction.row("SELECT * FROM pragma_\(name)")?.integer(0)
            }
        }
        #expect(settings == [2, 1])  // 2 is FULL
        let (mode, autocheckpoint) = try bench.writer.inDatabase { connection in
            (
                try String.fetchOne(connection, sql: "PRAGMA journal_mode"),
                try Int.fetchOne(connection, sql: "PRAGMA wal_autocheckpoint")
            )
        }
        #expect(mode == "wal")
        #expect(autocheckpoint == 0)
    }

    @Test("the file, its log and its index are for their owner alone, and so is a directory made for them")
    func modes() async throws {
        let parent = try TemporaryDirectory()
        let path = "\(parent.path)/state/deep/latchkey.sqlite"
        let database = try await Store.open(.sqlite(path: path), migrations: [notes], logger: quiet)
        #expect(mode(of: path) == 0o600)
        #expect(mode(of: path + "-wal") == 0o600)
        #expect(mode(of: path + "-shm") == 0o600)
        #expect(mode(of: "\(parent.path)/state/deep") == 0o700)
        #expect(mode(of: "\(parent.path)/state") == 0o700)
        try await database.close()
        unlink(path)
        rmdir("\(parent.path)/state/deep")
        rmdir("\(parent.path)/state")
    }

    @Test("a database that is opened again holds all that was acknowledged")
    func reopen() async throws {
        let directory = try TemporaryDirectory()
        let first = try Bench(in: directory)
        try await first.insert("kept")
        try await first.database.close()
        #expect(directory.names == ["latchkey.sqlite"])
        let second = try Bench(in: directory)
        #expect(try await second.texts() == ["kept"])
    }

    @Test("what was acknowledged is in the files at that moment, as after a crash")
    func crash() async throws {
        let bench = try Bench()
        let copies = try TemporaryDirectory()
        for text in ["a", "b", "c"] {
            try await bench.insert(text)
        }
        try copy(bench.directory.file.path, to: copies.file.path)
        try copy(bench.directory.file.path + "-wal", to: copies.file.path + "-wal")
        let survivor = try Bench(in: copies)
        #expect(try await survivor.texts() == ["a", "b", "c"])
    }

    @Test("a closed database refuses reads and writes as unavailable")
    func closed() async throws {
        let bench = try Bench()
        try await bench.database.close()
        await #expect(performing: { try await bench.insert("late") }, throws: isUnavailable)
        await #expect(performing: { _ = try await bench.texts() }, throws: isUnavailable)
    }

    @Test("a database that is no file of SQLite is corrupt")
    func foreignFile() async throws {
        let directory = try TemporaryDirectory()
        try write([UInt8](repeating: 0x41, count: 4_096), to: directory.file.path)
        await #expect {
            _ = try await Store.open(
                .sqlite(path: directory.file.path), migrations: [notes], logger: quiet)
        } throws: { error in
            if case .corrupt(let cause) = error as? DatabaseFailure { cause.contains(directory.path) } else { false }
        }
    }

    @Test("a path where no file can be is unavailable")
    func impossiblePath() async throws {
        await #expect {
            _ = try await Store.open(
                .sqlite(path: "/proc/latchkey/latchkey.sqlite"), migrations: [notes], logger: quiet)
        } throws: { isUnavailable($0) }
    }
}

func mode(of path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
}

func contents(of path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = read(descriptor, &chunk, chunk.count), count > 0 {
        bytes += chunk[..<count]
    }
    return bytes
}

func write(_ bytes: [UInt8], to path: String) throws {
    let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    try #require(write(descriptor, bytes, bytes.count) == bytes.count)
}

func copy(_ path: String, to other: String) throws {
    try write(try contents(of: path), to: other)
}
