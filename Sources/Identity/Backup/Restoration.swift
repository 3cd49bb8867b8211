package import Database
package import JOSE

/// What must happen to a database that was put back from a copy, before anyone is served from it.
///
/// It knows nothing of what happened since the copy was taken: which refresh tokens were rotated, which logins ended,
/// which codes and links used. So nothing of that kind is alive in it afterwards, and everybody signs in again.
package struct Restoration: Sendable {
    let database: Database
    let random: RandomSource

    package init(database: Database, random: RandomSource = .system) {
        self.database = database
        self.random = random
    }

    /// What was ended and removed.
    package struct Outcome: Hashable, Sendable {
        /// The number of the epoch that began.
        package let epoch: Int64
        package let grants: Int
        package let sessions: Int
        /// Device codes, links, invitations, answers kept for repeated calls, and recovery codes.
        package let proofs: Int
        /// Mail that waited to be sent.
        package let mail: Int
    }

    /// Ends every login and browser session, removes every one-time proof and waiting mail, and begins a new epoch, in
    /// one transaction. To do it again does no harm.
    ///
    /// - Parameter takenAt: when the copy was taken, if that is known.
    package func finish(takenAt: Instant?, at now: Instant) async throws -> Outcome {
        try await database.write { transaction in
            var proofs = 0
            for table in Self.proofTables {
                proofs += try empty(table, in: transaction)
            }
            try TOTPSecret.spendAll(in: transaction, at: now)
            // What waits was perhaps sent since the copy was taken.
            _ = try empty("webhook_deliveries", in: transaction)
            let outcome = Outcome(
                epoch: try Epoch.advance(in: transaction, random: random, at: now),
                grants: try transaction.run(
                    "UPDATE grants SET revoked_at = ?, revocation_reason = ? WHERE revoked_at IS NULL",
                    .time(now), .text(Grant.RevocationReason.restored.rawValue)),
                sessions: try transaction.run(
                    "UPDATE sessions SET ended_at = ? WHERE ended_at IS NULL", .time(now)),
                proofs: proofs, mail: try empty("outgoing_mail", in: transaction))
            let audit = AuditTrail(database: database, random: random)
            try audit.record(
                AuditEvent(.databaseRestored, detail: outcome.detail(takenAt: takenAt)), in: transaction, at: now,
                from: .server)
            return outcome
        }
    }

    private static let proofTables = [
        "device_authorizations", "magic_links", "setup_links", "invitations", "recorded_answers", "recovery_codes",
        "passkey_challenges",
    ]

    private func empty(_ table: String, in transaction: Transaction) throws -> Int {
        try transaction.run("DELETE FROM \(table)", [])
    }

    /// What a restore makes of the rows of each table. A new table is given its place here: a test compares the list
    /// with the schema.
    enum Fate: Hashable, Sendable {
        /// They are as they were when the copy was taken.
        case kept
        /// They stay to be read, and are over.
        case ended
        case removed
    }

    static let fates: [String: Fate] = [
        "audit_events": .kept, "audit_head": .kept, "clients": .kept, "dead_mail": .kept, "memberships": .kept,
        "organizations": .kept, "resource_servers": .kept, "scope_catalog": .kept, "scopes": .kept,
        "signing_keys": .kept, "users": .kept, "epoch": .ended, "grants": .ended, "sessions": .ended,
        "device_authorizations": .removed, "magic_links": .removed, "outgoing_mail": .removed,
        "setup_links": .removed, "invitations": .removed, "recorded_answers": .removed, "setup_claim": .kept,
        "api_tokens": .kept, "api_token_notices": .kept, "api_token_periods": .kept, "api_token_days": .kept,
        "webhooks": .kept, "webhook_deliveries": .removed,
        "passkeys": .kept, "passkey_challenges": .removed,
        "totp_secrets": .kept, "recovery_codes": .removed, "wrong_proofs": .kept,
    ]
}

extension Restoration.Outcome {
    fileprivate func detail(takenAt: Instant?) -> [String: String] {
        var detail = [
            "epoch": String(epoch), "grants": String(grants), "mail": String(mail), "proofs": String(proofs),
            "sessions": String(sessions),
        ]
        detail["copy_taken_at"] = takenAt?.iso8601
        return detail
    }
}
