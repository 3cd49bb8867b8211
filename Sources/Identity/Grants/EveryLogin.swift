import Database
import JOSE

/// Ends all by which someone acts as a user: logins, browsers, devices that were let in and have not fetched their tokens
/// yet, and magic links that wait, for whoever asked for them or has approved them may not be the user.
struct EveryLogin: Sendable {
    let sessions: Sessions
    let audit: AuditTrail

    func end(
        of user: User.ID, _ reason: Grant.RevocationReason, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws {
        for var grant in try Grant.unrevoked(of: user, transaction) {
            _ = try grant.end(reason, audit, in: transaction, at: now, from: origin)
        }
        try turnAway(approvedBy: user, reason, in: transaction, at: now, from: origin)
        if let address = try User.find(user, in: transaction)?.email {
            try MagicLink.supersede(for: address, in: transaction)
        }
        try sessions.endAll(of: user, in: transaction, at: now, from: origin)
    }

    /// Devices that this user has let in, and that would fetch their tokens a moment later.
    private func turnAway(
        approvedBy user: User.ID, _ reason: Grant.RevocationReason, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws {
        let rows = try transaction.rows(
            """
            SELECT \(DeviceAuthorization.columns) FROM device_authorizations d
            WHERE d.session_id IN (SELECT s.id FROM sessions s WHERE s.user_id = ?)
                AND d.expires_at > ? AND d.state = 'approved'
            """, .id(user), .time(now))
        for row in rows {
            var authorization = try DeviceAuthorization(row)
            guard authorization.takeBack(), try authorization.saveState(after: .approved, in: transaction) else {
                continue
            }
            let event = AuditEvent(
                .deviceAuthorizationDenied, user: user, client: authorization.client,
                detail: [
                    "device_authorization": authorization.id.description, "reason": reason.rawValue,
                ].changing(from: DeviceAuthorization.State.approved.rawValue, to: authorization.state.rawValue))
            try audit.record(event, in: transaction, at: now, from: origin)
        }
    }
}

extension Grant.RevocationReason {
    /// What an organization's audit and webhooks tell of it: that its member has no second factor just now is nobody's
    /// business there.
    fileprivate var told: Self { self == .secondFactorsReset ? .signedOut : self }
}

extension Grant {
    /// Ends it, in the database too. False when it was over already.
    ///
    /// - Parameter actor: who does so; nil: whose it is.
    mutating func end(
        _ reason: RevocationReason, by actor: LivingLogin? = nil, _ audit: AuditTrail, in transaction: Transaction,
        at now: Instant,
        from origin: RequestOrigin
    ) throws -> Bool {
        revoke(reason, at: now)
        guard try saveRevocation(in: transaction) else { return false }
        var event = AuditEvent(
            .grantRevoked, of: self, detail: ["reason": reason.told.rawValue].changing(from: "active", to: "revoked"))
        if let actor, actor.user.id != user {
            event.user = actor.user.id
            event.detail["member"] = user.description
            event.detail["by"] = actor.login.description
        }
        try audit.record(event, in: transaction, at: now, from: origin)
        return true
    }
}
