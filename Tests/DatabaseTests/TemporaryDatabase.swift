import GRDB
import GRDBSQLite
import Glibc
import Logging
import Testing

@testable import Database

/// A directory that is removed with its last user, and databases in it.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/latchkey-database.XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkdtemp($0) != nil } ?? false
        }
        try #require(made)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var names: [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    var file: SQLiteFile { SQLiteFile(path: "\(path)/latchkey.sqlite") }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// `notes(id, text)`, and `answers` whose foreign key waits for the commit.
let notes = Migration(
    number: 1, name: "notes",
    sql: """
        CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE CHECK (text <> '')) STRICT;
        CREATE TABLE answers (
            id INTEGER PRIMARY KEY,
            note_id INTEGER NOT NULL REFERENCES notes (id) DEFERRABLE INITIALLY DEFERRED
        ) STRICT;
        """)

/// A database under test: its public face, its engine, and the connection that the engine writes on.
struct Bench: Sendable {
    let directory: TemporaryDirectory
    let database: Store
    let engine: SQLiteEngine
    let writer: DatabaseQueue

    init(options: SQLiteOptions = SQLiteOptions(), in directory: TemporaryDirectory? = nil) throws {
        let directory = try directory ?? TemporaryDirectory()
        try directory.file.create()
        writer = try directory.file.openWriter(options)
        try SQLiteMigrations(writer, file: directory.file, logger: quiet).apply([notes])
        engine = try SQLiteEngine(writingOn: writer, of: directory.file, logger: quiet, options: options)
        database = Store(engine: engine)
        self.directory = directory
    }

    /// Makes every COMMIT of the writer fail, or succeed again.
    func vetoCommits(_ isVetoed: Bool) {
        writer.inDatabase { connection in
            let connection = connection.sqliteConnection
            if isVetoed {
                sqlite3_commit_hook(connection, { _ in 1 }, nil)
            } else {
                sqlite3_commit_hook(connection, nil, nil)
            }
        }
    }

    /// A connection of someone else's to the same file.
    func stranger() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: directory.file.path, configuration: configuration)
    }

    func insert(_ text: String) async throws {
        try await database.write { try $0.run("INSERT INTO notes (text) VALUES (?)", .text(text)) }
    }

    func texts() async throws -> [String] {
        try await database.read { try $0.rows("SELECT text FROM notes ORDER BY text").map { try $0.text(0) } }
    }

    /// Returns once so many writes wait for the next batch.
    func untilWaiting(_ count: Int) async {
        while engine.waitingWrites < count { await Task.yield() }
    }
}

/// Whether an error says that nothing was written and the same call may succeed later.
func isUnavailable(_ error: any Error) -> Bool {
    if case .unavailable = error as? DatabaseFailure { true } else { false }
}
