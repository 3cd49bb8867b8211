internal import GRDB

/// A file that is only looked at, beside whoever works on it.
final class SQLiteInspection: Engine {
    private let readers: SQLiteReaders

    init(_ file: SQLiteFile, migrations: [Migration]) throws {
        do {
            try file.requireExistence()
            let connection = try file.openReader(busyTimeout: SQLiteOptions().busyTimeout)
            _ = try connection.inDatabase { try SQLiteMigrations.requireOurs($0, known: migrations) }
            try connection.close()
        } catch {
            throw DatabaseFailure(error).during(file.path)
        }
        readers = SQLiteReaders(busyTimeout: SQLiteOptions().busyTimeout) { try file.openReader(busyTimeout: $0) }
    }

    func read<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        try await readers.read(body)
    }

    func write<R: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> R) async throws -> R {
        throw DatabaseFailure.misuse("the database was opened to be looked at only")
    }

    func jointWrites<Item: Sendable, Outcome: Sendable>(
        _ body: @escaping JointWrites<Item, Outcome>.Body
    ) -> JointWrites<Item, Outcome> {
        JointWrites { _, _ in throw DatabaseFailure.misuse("the database was opened to be looked at only") }
    }

    var waiting: Int { 0 }

    func close() async throws {
        do {
            try readers.close()
        } catch {
            throw DatabaseFailure(error).during("closing")
        }
    }
}
