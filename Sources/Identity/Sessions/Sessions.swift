import Database
package import JOSE

/// Browsers that are signed in: begun by a proof, recognized by a cookie, ended by their user.
package struct Sessions: Sendable {
    let database: Database
    let random: RandomSource
    let audit: AuditTrail

    /// A session and the person it belongs to, known to be alive at this moment.
    package struct Authenticated: Sendable {
        package let session: Session
        package let user: User
    }

    /// Begins a session under a new secret. Whatever the browser carried before is worth nothing to it, so that a
    /// session fixed beforehand is never the one that is signed in.
    func begin(
        for user: User.ID, amr: [String], in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> OneTimeSecret {
        let secret = OneTimeSecret(random: random)
        let id = try transaction.insert(Session.self, at: now, random: random) { id in
            try transaction.run(
                """
                INSERT INTO sessions (id, secret_digest, user_id, auth_time, amr, address, agent, created_at,
                    last_seen_at, expires_at, wrong_user_codes)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (id) DO NOTHING
                """,
                .id(id), .blob(secret.digest), .id(user), .time(now), .words(amr), .text(origin.address),
                .text(origin.agent), .time(now), .time(now), .time(now + Session.lifetime))
        }
        let event = AuditEvent(.sessionCreated, user: user, detail: ["session": id.description].changing(to: "active"))
        try audit.record(event, in: transaction, at: now, from: origin)
        return secret
    }

    /// Recognizes a session by its secret. Nil when it is unknown, over, or its user is disabled.
    package func authenticate(_ secret: OneTimeSecret, at now: Instant) async throws -> Authenticated? {
        let found = try await database.read { transaction in
            try transaction.row(Self.select + "s.secret_digest = ?", .blob(secret.digest))
                .flatMap { try Authenticated($0, at: now) }
        }
        if let session = found?.session, now - session.lastSeenAt >= Session.sightingInterval {
            try await see(session.id, at: now)
        }
        return found
    }

    /// The same by its name, in an open transaction.
    static func authenticated(_ id: Session.ID, in transaction: Transaction, at now: Instant) throws -> Authenticated? {
        try transaction.row(select + "s.id = ?", .id(id)).flatMap { try Authenticated($0, at: now) }
    }

    private static let select =
        "SELECT \(Session.columns), \(User.columns) FROM sessions s JOIN users u ON u.id = s.user_id WHERE "

    private func see(_ id: Session.ID, at now: Instant) async throws {
        _ = try await database.write { transaction in
            try transaction.run("UPDATE sessions SET last_seen_at = ? WHERE id = ?", .time(now), .id(id))
        }
    }

    /// The living sessions of a user, the newest first.
    package func all(of user: User.ID, at now: Instant) async throws -> [Session] {
        try await database.read { transaction in
            try transaction.rows(
                """
                SELECT \(Session.columns) FROM sessions s
                WHERE s.user_id = ? AND s.ended_at IS NULL ORDER BY s.id DESC LIMIT 200
                """, .id(user)
            ).map(Session.init).filter { $0.isAlive(at: now) }
        }
    }

    /// Ends one session of a user. Answers false when the user has no such living session.
    package func end(
        _ id: Session.ID, of user: User.ID, at now: Instant, from origin: RequestOrigin
    ) async throws -> Bool {
        try await database.write { transaction in
            let ended = try transaction.run(
                "UPDATE sessions SET ended_at = ? WHERE id = ? AND user_id = ? AND ended_at IS NULL",
                .time(now), .id(id), .id(user))
            guard ended == 1 else { return false }
            let event = AuditEvent(
                .sessionEnded, user: user, detail: ["session": id.description].changing(from: "active", to: "ended"))
            try audit.record(event, in: transaction, at: now, from: origin)
            return true
        }
    }

    /// Ends all sessions of a user.
    func endAll(
        of user: User.ID, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws {
        let ended = try transaction.run(
            "UPDATE sessions SET ended_at = ? WHERE user_id = ? AND ended_at IS NULL", .time(now), .id(user))
        guard ended > 0 else { return }
        let event = AuditEvent(
            .sessionEnded, user: user, detail: ["sessions": String(ended)].changing(from: "active", to: "ended"))
        try audit.record(event, in: transaction, at: now, from: origin)
    }
}

extension Sessions.Authenticated {
    /// Of a session's columns, then its user's. Nil when the session is over, or its user is disabled.
    fileprivate init?(_ row: Row, at now: Instant) throws {
        self.init(session: try Session(row), user: try User(row, first: Session.columnCount))
        guard session.isAlive(at: now), user.disabledAt == nil else { return nil }
    }
}
