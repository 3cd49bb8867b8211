import GRDB
import Logging
import Synchronization
import Testing

@testable import Database

@Suite("Migrations")
struct MigrationTests {
    private let tags = Migration(number: 2, name: "tags", sql: "CREATE TABLE tags (id INTEGER PRIMARY KEY) STRICT")
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func start(_ migrations: Migration...) async throws {
        let database = try await Store.open(.sqlite(path: directory.file.path), migrations: migrations, logger: quiet)
        try await database.close()
    }

    private func tables(of path: String? = nil) throws -> [String] {
        try DatabaseQueue(path: path ?? directory.file.path).inDatabase { connection in
            try String.fetchAll(connection, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        }
    }

    private func expectRefusal(_ expected: String, of migrations: Migration...) async throws {
        await #expect {
            let database = try await Store.open(
                .sqlite(path: directory.file.path), migrations: migrations, logger: quiet)
            try await database.close()
        } throws: { error in
            guard case .misuse(let text) = error as? DatabaseFailure else { return false }
            return text.contains(expected)
        }
    }

    @Test("a fresh file gets them all, and no copy is made")
    func fresh() async throws {
        try await start(notes, tags)
        #expect(try tables() == ["answers", "notes", "schema_migrations", "tags"])
        #expect(directory.names == ["latchkey.sqlite"])
    }

    @Test("of a new database one line tells that it was made; of one that was there, each migration has its own")
    func told() async throws {
        let log = Log()
        func start(_ migrations: Migration...) async throws {
            try await Store.open(.sqlite(path: directory.file.path), migrations: migrations, logger: log.logger).close()
        }
        try await start(notes, tags)
        #expect(log.take() == ["made the database, schema 2"])
        try await start(notes, tags)
        #expect(log.take() == [])
        try await start(
            notes, tags, Migration(number: 3, name: "marks", sql: "CREATE TABLE marks (id INTEGER PRIMARY KEY) STRICT"))
        #expect(log.take() == ["migrated 3"])
    }

    @Test("applied ones are not applied again")
    func repeated() async throws {
        try await start(notes)
        try await start(notes)
        #expect(directory.names == ["latchkey.sqlite"])
    }

    @Test("are left alone by a program that works on what is there: it makes nothing and migrates nothing")
    func asItIs() async throws {
        func open(_ migrations: Migration...) async throws {
            let location = DatabaseLocation.sqlite(path: directory.file.path)
            try await Store.openExisting(location, migrations: migrations, logger: quiet).close()
        }
        await #expect(throws: DatabaseFailure.self) { try await open(notes) }
        #expect(directory.names == [])
        try await start(notes)
        try await open(notes)
        let failure = await #expect(throws: DatabaseFailure.self) { try await open(notes, tags) }
        #expect(failure?.description.contains("migration 2 (tags) is not applied yet") == true)
        #expect(try tables() == ["answers", "notes", "schema_migrations"])
        #expect(directory.names == ["latchkey.sqlite"])
    }

    @Test("before new ones a copy is kept, with all rows and for its owner alone")
    func snapshot() async throws {
        let first = try Bench(in: directory)
        try await first.insert("precious")
        try await first.database.close()
        try await start(notes, tags)
        let copy = directory.file.path + ".before-2"
        #expect(directory.names == ["latchkey.sqlite", "latchkey.sqlite.before-2"])
        #expect(try tables(of: copy) == ["answers", "notes", "schema_migrations"])
        #expect(mode(of: copy) == 0o600)
        let rows = try DatabaseQueue(path: copy).inDatabase { try String.fetchAll($0, sql: "SELECT text FROM notes") }
        #expect(rows == ["precious"])
    }

    @Test("one that fails leaves nothing, names itself, and may be mended")
    func failing() async throws {
        try await start(notes)
        let broken = Migration(number: 2, name: "tags", sql: tags.sql + "; INSERT INTO nowhere VALUES (1)")
        try await expectRefusal("migration 2 (tags)", of: notes, broken)
        #expect(try tables() == ["answers", "notes", "schema_migrations"])
        try await start(notes, tags)
        #expect(try tables().contains("tags"))
    }

    @Test("one that leaves a foreign key unmet fails")
    func foreignKeys() async throws {
        let broken = Migration(number: 2, name: "orphans", sql: "INSERT INTO answers (id, note_id) VALUES (1, 7)")
        await #expect {
            try await start(notes, broken)
        } throws: { error in
            if case .constraint(.foreignKey, _) = error as? DatabaseFailure { true } else { false }
        }
        try await start(notes)
    }

    @Test("a table may be rebuilt without its children being deleted")
    func rebuild() async throws {
        let first = try Bench(in: directory)
        try await first.database.write { transaction in
            try transaction.run("INSERT INTO notes (id, text) VALUES (1, 'kept')")
            try transaction.run("INSERT INTO answers (note_id) VALUES (1)")
        }
        try await first.database.close()
        let rebuild = Migration(
            number: 2, name: "rebuild",
            sql: """
                CREATE TABLE notes_new (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
                INSERT INTO notes_new SELECT id, text FROM notes;
                DROP TABLE notes;
                ALTER TABLE notes_new RENAME TO notes;
                """)
        let database = try await Store.open(
            .sqlite(path: directory.file.path), migrations: [notes, rebuild], logger: quiet)
        let answers = try await database.read { try $0.rows("SELECT 1 FROM answers JOIN notes ON notes.id = note_id") }
        #expect(answers.count == 1)
        await #expect {
            try await database.write { try $0.run("INSERT INTO answers (note_id) VALUES (9)") }
        } throws: { error in
            if case .constraint(.foreignKey, _) = error as? DatabaseFailure { true } else { false }
        }
        try await database.close()
    }

    @Test("an applied one that was changed stops the start")
    func changed() async throws {
        try await start(notes)
        let changed = Migration(number: 1, name: "notes", sql: notes.sql + " ")
        try await expectRefusal("migration 1 (notes) was changed", of: changed)
        try await start(notes)
    }

    @Test("an applied one that is missing stops the start")
    func missing() async throws {
        try await start(notes, tags)
        let third = Migration(number: 3, name: "third", sql: "SELECT 1")
        try await expectRefusal("migration 1 (notes) was applied but is missing", of: tags, third)
    }

    @Test("a database of a newer program stops the start")
    func newer() async throws {
        try await start(notes, tags)
        try await expectRefusal("migration 2 (tags) is unknown here: a newer version", of: notes)
    }

    @Test("one that was slipped in before an applied one stops the start")
    func late() async throws {
        try await start(tags)
        try await expectRefusal("migration 1 (notes) was added before migration 2", of: notes, tags)
    }

    @Test("numbers that do not ascend stop the start")
    func disorder() async throws {
        try await expectRefusal("migration 1 (notes) does not follow 2", of: tags, notes)
        try await expectRefusal("migration 1 (notes) does not follow 1", of: notes, notes)
    }

    @Test("two processes that start at once on an empty file both come up")
    func simultaneous() async throws {
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask { try await start(notes, tags) }
            }
            try await group.waitForAll()
        }
        #expect(try tables() == ["answers", "notes", "schema_migrations", "tags"])
    }

    @Test("the hash of a migration is frozen too")
    func hash() {
        #expect(Migration(number: 1, name: "", sql: "").hash == "cbf29ce484222325")
        #expect(Migration(number: 1, name: "", sql: "foobar").hash == "85944171f73967e8")
    }
}

/// What is logged at `info`, with the number of a migration.
private final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    private struct Handler: LogHandler {
        let log: Log
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard event.level == .info else { return }
            let number = event.metadata?["number"].map { " \($0)" } ?? ""
            log.lines.withLock { $0.append("\(event.message)\(number)") }
        }
    }
}
