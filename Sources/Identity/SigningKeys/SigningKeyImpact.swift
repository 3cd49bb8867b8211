import Database
package import JOSE

/// Who would notice if every token of a key died at once.
package struct SigningKeyImpact: Hashable, Sendable {
    /// Living grants that may hold an access token which the key signed and which has not expired.
    package let grants: Int64
    /// How many such tokens there are at least. Access tokens are not stored: each rotation since the grant began is
    /// one, where all of them fall into the time of the key; else the latest is counted.
    package let liveTokens: Int64
}

extension SigningKeys {
    /// What the end of a key would touch. Looks at every grant: for a person who waits for the answer.
    package func impact(of key: SigningKeyRecord, at now: Instant) async throws -> SigningKeyImpact {
        guard let signsSince = key.signsSince else { return SigningKeyImpact(grants: 0, liveTokens: 0) }
        let first = max(signsSince, now - AccessTokens.lifetime)
        let last = key.retiredAt ?? Instant(microseconds: .max)
        return try await database.read { transaction in
            let row = try transaction.row(
                """
                SELECT COUNT(*), CAST(COALESCE(SUM(CASE
                    WHEN last_used_at > ? THEN 0 WHEN created_at >= ? THEN generation ELSE 1 END), 0) AS INTEGER)
                FROM grants
                WHERE revoked_at IS NULL AND expires_at > ? AND last_used_at >= ? AND created_at <= ?
                """, .time(last), .time(first), .time(now), .time(first), .time(last))
            return SigningKeyImpact(grants: try row?.integer(0) ?? 0, liveTokens: try row?.integer(1) ?? 0)
        }
    }
}
