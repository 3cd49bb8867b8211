import Foundation
import Synchronization
package import Testing

@testable import Database

/// The PostgreSQL of this test run: `make test` starts it and hands its URL over.
package enum TestCluster {
    package static let url = ProcessInfo.processInfo.environment["LATCHKEY_TEST_POSTGRESQL"]
    package static var isRunning: Bool { url != nil }
}

extension Trait where Self == ConditionTrait {
    /// Runs only where there is a cluster.
    package static var onPostgreSQL: Self {
        .enabled(if: TestCluster.isRunning, "LATCHKEY_TEST_POSTGRESQL is not set; `make test` starts a cluster")
    }
}

/// A schema of one test's own, dropped with its last user: so that tests on one cluster do not meet.
package final class TestSchema: Sendable {
    package let name: String
    /// The connection string of libpq.
    package let location: String
    /// The URL of the cluster.
    package let cluster: String

    package init(on url: String? = TestCluster.url) throws {
        guard let url else { throw NoCluster() }
        cluster = url
        name = "test_\(UInt64.random(in: .min ... .max))"
        location = "\(url)?options=-csearch_path%3D\(name)"
        try session().run("CREATE SCHEMA \(name)")
    }

    deinit {
        try? session().run("DROP SCHEMA \(name) CASCADE")
    }

    private func session() throws -> PostgreSQLSession {
        try PostgreSQLSession(try PostgreSQLAddress(cluster), connectTimeout: 5)
    }
}

/// A schema that is made when it is first asked for: a test on another engine needs none.
package final class LazyTestSchema: Sendable {
    private let made = Mutex<TestSchema?>(nil)

    package init() {}

    /// The connection string of libpq.
    package var location: String {
        get throws {
            try made.withLock { made in
                let schema = try made ?? TestSchema()
                made = schema
                return schema.location
            }
        }
    }
}

/// A test asked for PostgreSQL where there is none.
struct NoCluster: Error {}
