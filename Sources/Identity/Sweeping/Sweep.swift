import Database
package import JOSE

/// Removes rows whose time is long over: asked for by anyone, and kept for no one.
package struct Sweep: Sendable {
    let database: Database

    /// At most so many rows go in one transaction, so that sweeping never holds up a commit. Each row lies on pages of
    /// its own in every index: a hundred were 12 ms and at times more than 50 where a small commit took 0.3 ms.
    package static let batchSize: Int64 = 25

    /// Removes one batch. Answers how many rows that were; call again, after a pause, while it is not zero.
    package func removeBatch(at now: Instant) async throws -> Int {
        let due = try await database.read { transaction in
            try Retention.all.first { retention in
                try transaction.row(retention.probe, .time(now - retention.duration)) != nil
            }
        }
        guard let due else { return 0 }
        return try await database.write { transaction in
            try transaction.run(due.removal, .time(now - due.duration), .integer(Self.batchSize))
        }
    }
}
