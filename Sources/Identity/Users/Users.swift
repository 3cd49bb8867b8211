import Database
package import JOSE

/// Who may become a user by proving an address.
package enum SignUpPolicy: Sendable {
    /// Only those who are users already, or are invited by an organization.
    case closed
    /// Everyone; each gets an organization of their own.
    case open
    /// Everyone joins one organization, the first as its owner: the development mode.
    case joining(Organization.ID)
}

/// People: found, created at their first sign-in, renamed, disabled.
package struct Users: Sendable {
    let database: Database
    let random: RandomSource
    let audit: AuditTrail
    let organizations: Organizations
    let logins: Logins
    /// Who may sign up.
    package let signUp: SignUpPolicy

    package func find(_ id: User.ID) async throws -> User? {
        try await database.read { try User.find(id, in: $0) }
    }

    package func find(_ email: EmailAddress) async throws -> User? {
        try await database.read { try User.find(email, in: $0) }
    }

    /// Whether a proof of this address would sign someone in.
    func mayBecomeSignedIn(_ email: EmailAddress, in transaction: Transaction, at now: Instant) throws -> Bool {
        // Both are asked each time, so that a known address costs what an unknown one does.
        let isInvited = try Invitation.isWaiting(for: email, at: now, in: transaction)
        if let user = try User.find(email, in: transaction) { return user.disabledAt == nil }
        if case .closed = signUp { return isInvited }
        return true
    }

    /// The user whose address was just proven, created when the policy allows it. Nil: no one may sign in by it.
    func signIn(
        _ email: EmailAddress, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> User? {
        if var user = try User.find(email, in: transaction) {
            guard user.disabledAt == nil else { return nil }
            if user.verifiedAt == nil {
                user.verifiedAt = now
                _ = try transaction.run("UPDATE users SET verified_at = ? WHERE id = ?", .time(now), .id(user.id))
            }
            return user
        }
        if case .closed = signUp, try !Invitation.isWaiting(for: email, at: now, in: transaction) { return nil }
        let name = User.name(from: email.localPart) ?? email.text
        let user = try create(email, name: name, isVerified: true, in: transaction, at: now, from: origin)
        switch signUp {
        case .closed: break
        case .open:
            let name = String("\(user.name)’s workspace".prefix(100))
            _ = try organizations.create(name: name, owner: user.id, in: transaction, at: now, from: origin)
        case .joining(let organization):
            let role: Role = try Membership.hasOwner(organization, in: transaction) ? .member : .owner
            try organizations.join(organization, user.id, as: role, in: transaction, at: now, from: origin)
        }
        return user
    }

    /// Makes a user.
    ///
    /// - Parameter isVerified: whether they have just shown that they read mail to the address.
    func create(
        _ email: EmailAddress, name: String, isVerified: Bool, in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> User {
        let verifiedAt = isVerified ? now : nil
        let id = try transaction.insert(User.self, at: now, random: random) { id in
            try transaction.run(
                """
                INSERT INTO users (id, email, email_canonical, name, verified_at, created_at)
                VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
                .id(id), .text(email.text), .text(email.canonical), .text(name), .time(verifiedAt),
                .time(now))
        }
        let event = AuditEvent(.userCreated, user: id, detail: ["after.email": email.canonical, "after.name": name])
        try audit.record(event, in: transaction, at: now, from: origin)
        return User(id: id, email: email, name: name, verifiedAt: verifiedAt, disabledAt: nil, createdAt: now)
    }

    /// Gives the user of a login another name.
    package func rename(
        by login: Login, to name: String, at now: Instant, from origin: RequestOrigin,
        recording: Recording<User> = .none
    ) async throws -> User {
        try await database.write { transaction in
            let actor = try logins.require(login, in: transaction, at: now)
            var user = actor.user
            if user.name != name {
                try transaction.changeOne("UPDATE users SET name = ? WHERE id = ?", .text(name), .id(user.id))
                let event = AuditEvent(.userRenamed, by: actor, detail: ["before": user.name, "after": name])
                try audit.record(event, in: transaction, at: now, from: origin)
                user.name = name
            }
            try recording.record(user, in: transaction)
            return user
        }
    }

    /// Shuts a user out, or lets them in again. Sessions and grants of a disabled user answer nothing from this moment.
    package func setDisabled(
        _ disabled: Bool, _ id: User.ID, at now: Instant, from origin: RequestOrigin
    ) async throws {
        try await database.write { transaction in
            guard let user = try User.find(id, in: transaction), (user.disabledAt != nil) != disabled else { return }
            _ = try transaction.run(
                "UPDATE users SET disabled_at = ? WHERE id = ?", .time(disabled ? now : nil), .id(id))
            let event = AuditEvent(
                disabled ? .userDisabled : .userEnabled, user: id,
                detail: [:].changing(from: String(!disabled), to: String(disabled)))
            try audit.record(event, in: transaction, at: now, from: origin)
        }
    }
}
