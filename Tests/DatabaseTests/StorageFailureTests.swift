import GRDB
import Glibc
import Synchronization
import Testing

@testable import Database

@Suite("Storage failures")
struct StorageFailureTests {
    private var impatient: SQLiteOptions {
        var options = SQLiteOptions()
        options.busyTimeout = .milliseconds(20)
        return options
    }

    @Test("a lock is waited for five seconds, and at most 4,096 writes wait for a commit")
    func limits() {
        #expect(SQLiteOptions().busyTimeout == .seconds(5))
        #expect(SQLiteOptions().waitingWrites == 4_096)
    }

    @Test("writes that meet another's lock are unavailable, and work again when it is gone")
    func locked() async throws {
        let bench = try Bench(options: impatient)
        let stranger = try bench.stranger()
        try stranger.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    await #expect(performing: { try await bench.insert("\(writer)") }, throws: isUnavailable)
                }
            }
        }
        #expect(try await bench.texts() == [])
        try stranger.inDatabase { try $0.execute(sql: "ROLLBACK") }
        try await bench.insert("later")
        #expect(try await bench.texts() == ["later"])
    }

    @Test("a full database fails the write that needs room, undoes it, and takes writes again once there is room")
    func full() async throws {
        let bench = try Bench()
        let pages = try bench.limitPages { $0 + 2 }
        await #expect {
            try await bench.database.write { transaction in
                try transaction.run("INSERT INTO notes (text) VALUES ('half')")
                try transaction.run("INSERT INTO notes (text) VALUES (?)", .text(longText))
            }
        } throws: { isUnavailable($0) }
        #expect(try await bench.texts() == [])
        try await bench.insert("small")
        _ = try bench.limitPages { _ in pages + 1_000 }
        try await bench.insert(longText)
        #expect(try await bench.texts() == ["small", longText])
    }

    @Test("a full disk fails the commit of every caller, and writes go on once there is room", .enabled(if: canMount))
    func fullDisk() async throws {
        let directory = try TemporaryDirectory()
        try #require(mount("tmpfs", directory.path, "tmpfs", 0, "size=1m") == 0)
        defer { umount2(directory.path, CInt(MNT_DETACH)) }
        let bench = try Bench(in: directory)
        try await bench.insert("before")
        try fill(directory.path + "/filler")
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    await #expect {
                        try await bench.insert("\(writer)" + longText)
                    } throws: { isUnavailable($0) }
                }
            }
        }
        #expect(try await bench.texts() == ["before"])
        unlink(directory.path + "/filler")
        try await bench.insert("later" + longText)
        #expect(try await bench.texts() == ["before", "later" + longText])
    }

    @Test("a read-only database refuses writes as unavailable, and takes them again when it is not")
    func readOnly() async throws {
        let bench = try Bench()
        try bench.writer.inDatabase { try $0.execute(sql: "PRAGMA query_only = 1") }
        await #expect(performing: { try await bench.insert("refused") }, throws: isUnavailable)
        #expect(try await bench.texts() == [])
        try bench.writer.inDatabase { try $0.execute(sql: "PRAGMA query_only = 0") }
        try await bench.insert("later")
        #expect(try await bench.texts() == ["later"])
    }

    @Test(
        "a file on a read-only disk stops the start as unavailable", .enabled(if: canMount), arguments: [true, false])
    func readOnlyDisk(exists: Bool) async throws {
        let directory = try TemporaryDirectory()
        try #require(mount("tmpfs", directory.path, "tmpfs", 0, "size=1m") == 0)
        defer { umount2(directory.path, CInt(MNT_DETACH)) }
        if exists { try await Bench(in: directory).database.close() }
        try #require(mount("tmpfs", directory.path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
        await #expect {
            _ = try await Store.open(.sqlite(path: directory.file.path), migrations: [notes], logger: quiet)
        } throws: { isUnavailable($0) }
    }

    @Test("a connection that was left inside a transaction is cleared before the next batch")
    func leftover() async throws {
        let bench = try Bench()
        try bench.writer.inDatabase { connection in
            try connection.execute(sql: "BEGIN; INSERT INTO notes (text) VALUES ('leftover')")
        }
        try await bench.insert("clean")
        #expect(try await bench.texts() == ["clean"])
    }
}

@Suite("Reads that meet a lock")
struct LockedReadTests {
    /// A file without a write-ahead log, where a writer can shut readers out.
    private func lockedFile() throws -> (TemporaryDirectory, DatabaseQueue) {
        let directory = try TemporaryDirectory()
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let stranger = try DatabaseQueue(path: directory.file.path, configuration: configuration)
        try stranger.inDatabase { connection in
            try connection.execute(
                sql: "CREATE TABLE notes (id INTEGER); INSERT INTO notes VALUES (7); BEGIN EXCLUSIVE")
        }
        return (directory, stranger)
    }

    @Test("are unavailable when the lock stays")
    func lockStays() async throws {
        let (directory, stranger) = try lockedFile()
        let readers = SQLiteReaders(busyTimeout: .milliseconds(20)) { try directory.file.openReader(busyTimeout: $0) }
        await #expect {
            _ = try await readers.read { try $0.row("SELECT id FROM notes") }
        } throws: { isUnavailable($0) }
        try stranger.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try await readers.read { try $0.row("SELECT id FROM notes")?.integer(0) } == 7)
    }

    @Test("wait for it, off the caller's thread, and run again", arguments: [true, false])
    func lockGoes(afterOpening isOpen: Bool) async throws {
        let (directory, stranger) = try lockedFile()
        let (attempts, attempted) = AsyncStream.makeStream(of: Void.self)
        let readers = SQLiteReaders(busyTimeout: .seconds(60)) { busyTimeout in
            attempted.yield()
            return try directory.file.openReader(busyTimeout: busyTimeout)
        }
        if isOpen {
            try stranger.inDatabase { try $0.execute(sql: "ROLLBACK") }
            _ = try await readers.read { transaction in
                attempted.yield()
                return try transaction.row("SELECT id FROM notes")
            }
            try stranger.inDatabase { try $0.execute(sql: "BEGIN EXCLUSIVE") }
        }
        let read = Task {
            defer { attempted.finish() }
            return try await readers.read { transaction in
                attempted.yield()
                return try transaction.row("SELECT id FROM notes")?.integer(0)
            }
        }
        // Opening and the first read, if so; then the hasty attempt and the patient one.
        for await _ in attempts.prefix(isOpen ? 4 : 2) {}
        try stranger.inDatabase { try $0.execute(sql: "ROLLBACK") }
        #expect(try await read.value == 7)
    }
}

private let longText = String(repeating: "x", count: 40_000)

/// Whether this process may mount a small file system of its own.
private let canMount: Bool = {
    guard let directory = try? TemporaryDirectory() else { return false }
    guard mount("tmpfs", directory.path, "tmpfs", 0, "size=64k") == 0 else { return false }
    return umount2(directory.path, CInt(MNT_DETACH)) == 0
}()

/// Writes until the disk is full.
private func fill(_ path: String) throws {
    let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    let block = [UInt8](repeating: 1, count: 4_096)
    while write(descriptor, block, block.count) > 0 {}
}

extension Bench {
    /// Sets how many pages the database may have, given how many it has; answers the latter.
    fileprivate func limitPages(_ limit: (Int) -> Int) throws -> Int {
        try writer.inDatabase { connection in
            let pages = try Int.fetchOne(connection, sql: "PRAGMA page_count") ?? 0
            _ = try Int.fetchOne(connection, sql: "PRAGMA max_page_count = \(limit(pages))")
            return pages
        }
    }
}
