import Database
import JOSE

/// Ends all by which someone acts as a user: logins, browsers, and devices that were let in and have not fetched their
/// tokens yet.
struct EveryLogin: Sendable {
    let sessions: Sessions
    let audit: AuditTrail

    /// How much was ended.
    struct Ended: Hashable, Sendable {
        let grants: Int
        let sessions: Int
    }

    @discardableResult
    func end(
        of user: User.ID, _ reason: Grant.RevocationReason, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> Ended {
        let rows = try transaction.rows(
            "SELECT \(Grant.columns) FROM grants g WHERE g.user_id = ? AND g.revoked_at IS NULL", .id(user))
        var grants = 0
        for row in rows {
            var grant = try Grant(row)
            if try grant.end(reason, audit, in: transaction, at: now, from: origin) { grants += 1 }
        }
        try turnAway(approvedBy: user, reason, in: transaction, at: now, from: origin)
        let browsers = try sessions.endAll(of: user, in: transaction, at: now, from: origin)
        return Ended(grants: grants, sessions: browsers)
    }

    /// Devices that this user has let in, and that would fetch their tokens a moment later.
    private func turnAway(
        approvedBy user: User.ID, _ reason: Grant.RevocationReason, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws {
        let rows = try transaction.rows(
            """
            SELECT \(DeviceAuthorization.columns) FROM device_authorizations d
            WHERE d.expires_at > ? AND d.state = 'approved' AND d.user_id = ?
            """, .time(now), .id(user))
        for row in rows {
            var authorization = try DeviceAuthorization(row)
            authorization.takeBack()
            guard try authorization.saveState(after: .approved, in: transaction) else { continue }
            let event = AuditEvent(
                .deviceAuthorizationDenied, user: user, client: authorization.client,
                detail: ["device_authorization": authorization.id.description, "reason": reason.rawValue])
            try audit.record(event, in: transaction, at: now, from: origin)
        }
    }
}

extension Grant {
    /// Ends it, in the database too. False when it was over already.
    mutating func end(
        _ reason: RevocationReason, _ audit: AuditTrail, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> Bool {
        revoke(reason, at: now)
        guard try saveRevocation(in: transaction) else { return false }
        let event = AuditEvent(.grantRevoked, of: self, detail: ["reason": reason.rawValue])
        try audit.record(event, in: transaction, at: now, from: origin)
        return true
    }
}
