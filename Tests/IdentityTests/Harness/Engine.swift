import Database
import Foundation
import Identity
import Logging
import TestDatabases
import Testing

/// The storage engines on which every operation is tested: each suite runs once on each.
enum Engine: String, Sendable, CustomTestStringConvertible {
    case sqlite
    case postgresql

    /// PostgreSQL where the test run has a cluster; `make test` starts one.
    static let all: [Engine] = TestCluster.isRunning ? [.sqlite, .postgresql] : [.sqlite]

    /// Those whose bytes at rest a test can look at. What must not be found there was sealed before any engine saw it.
    static let withFiles: [Engine] = [.sqlite]

    var testDescription: String { rawValue }

    /// Opens the database that lives in a place, with its schema up to date.
    func open(_ place: Place) async throws -> Database {
        let location: DatabaseLocation =
            switch self {
            case .sqlite: .sqlite(path: place.file.path)
            case .postgresql: .postgresql(connection: try place.schema.location, connections: 8)
            }
        return try await Database.open(location, migrations: Schema.migrations, logger: .quiet)
    }
}

/// Where the rows of one test live; gone with its last user.
final class Place: Sendable {
    private let directory: URL
    /// Its schema on PostgreSQL.
    let schema = LazyTestSchema()

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "latchkey-identity-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(at: directory)
    }

    var file: URL { directory.appending(path: "latchkey.sqlite") }

    /// Every byte on disk, whatever file it is in.
    func bytes() throws -> Data {
        try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
            .reduce(into: Data()) { $0.append(try Data(contentsOf: $1)) }
    }
}

extension Logger {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}
