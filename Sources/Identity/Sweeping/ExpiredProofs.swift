import Database
package import JOSE

/// Device authorizations, magic links and invitations whose time is long over, and which are kept for no one.
package struct ExpiredProofs: Sendable {
    let database: Database

    /// They are kept for two days, so that whoever comes late is told the reason, and so that the wrong codes of a day
    /// are there to be counted.
    static let retention = Duration.seconds(2 * 86_400)
    /// An expired invitation is there for a month to be sent again.
    static let invitationRetention = Duration.seconds(30 * 86_400)

    /// At most so many rows of each kind go in one transaction, so that sweeping never holds the writer for long.
    static let batchSize: Int64 = 500

    /// Removes them. Answers how many rows it removed; call again while that is not zero.
    package func remove(at now: Instant) async throws -> Int {
        let limit = now - Self.retention
        let invitationLimit = now - Self.invitationRetention
        let isThere = try await database.read { transaction in
            try transaction.row(
                """
                SELECT 1 WHERE EXISTS (SELECT 1 FROM device_authorizations WHERE expires_at < ?)
                    OR EXISTS (SELECT 1 FROM magic_links WHERE expires_at < ?)
                    OR EXISTS (SELECT 1 FROM invitations WHERE expires_at < ?)
                """, .time(limit), .time(limit), .time(invitationLimit)) != nil
        }
        guard isThere else { return 0 }
        return try await database.write { transaction in
            let devices = try transaction.run(
                """
                DELETE FROM device_authorizations
                WHERE id IN (SELECT id FROM device_authorizations WHERE expires_at < ? LIMIT ?)
                """, .time(limit), .integer(Self.batchSize))
            let links = try transaction.run(
                "DELETE FROM magic_links WHERE id IN (SELECT id FROM magic_links WHERE expires_at < ? LIMIT ?)",
                .time(limit), .integer(Self.batchSize))
            let invitations = try transaction.run(
                "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations WHERE expires_at < ? LIMIT ?)",
                .time(invitationLimit), .integer(Self.batchSize))
            return devices + links + invitations
        }
    }
}
