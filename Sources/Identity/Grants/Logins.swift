import Database
import JOSE

/// Looks at a login again, in the very transaction that acts by it.
///
/// A request is let in by one look at the database, and does what it asks for in a transaction of its own. Between the two
/// the login may have been ended: by its user, who signs out everywhere, by an operator, by a removal. What is done in its
/// name can outlive it, such as an API token, a passkey or a role, so every operation that leaves something behind looks
/// again. The rule is the one by which the request was let in.
struct Logins: Sendable {
    let resourceServers: ResourceServers

    /// Whose login it is. It is alive, and it is not ended before this transaction is.
    ///
    /// - Throws: ``LoginEnded`` when it is over, or its user is disabled.
    @discardableResult
    func require(_ login: Login, in transaction: Transaction, at now: Instant) throws -> LivingLogin {
        try require(login, placed: nil, in: transaction, at: now)
    }

    /// The same, of who acts in an organization: their place in it is not changed before this transaction is over either.
    @discardableResult
    func require(
        _ login: Login, of organization: Organization.ID, in transaction: Transaction, at now: Instant
    ) throws -> LivingLogin {
        try require(login, placed: organization, in: transaction, at: now)
    }

    /// User, membership, login: the order in which a removal changes them too, or the two would wait for one another.
    private func require(
        _ login: Login, placed organization: Organization.ID?, in transaction: Transaction, at now: Instant
    ) throws -> LivingLogin {
        let living = try find(login, in: transaction, at: now)
        _ = try transaction.run("UPDATE users SET disabled_at = disabled_at WHERE id = ?", .id(living.user.id))
        if let organization {
            _ = try transaction.run(
                "UPDATE memberships SET role = role WHERE user_id = ? AND organization_id = ?", .id(living.user.id),
                .id(organization))
        }
        try hold(login, in: transaction)
        return living
    }

    /// The same, with all that there is to know of a grant.
    func require(_ grant: Grant.ID, in transaction: Transaction, at now: Instant) throws -> Grants.Active {
        try hold(.grant(grant), in: transaction)
        return try active(grant, in: transaction, at: now)
    }

    /// Whose login it is, to whom a later transaction may not hold.
    ///
    /// - Throws: ``LoginEnded``, as above.
    func find(_ login: Login, in transaction: Transaction, at now: Instant) throws -> LivingLogin {
        switch login {
        case .session(let id):
            guard let found = try Sessions.authenticated(id, in: transaction, at: now) else { throw LoginEnded() }
            return LivingLogin(login: login, user: found.user, client: nil)
        case .grant(let id):
            let active = try active(id, in: transaction, at: now)
            return LivingLogin(login: login, user: active.user, client: active.client.id)
        }
    }

    private func active(_ grant: Grant.ID, in transaction: Transaction, at now: Instant) throws -> Grants.Active {
        let standing = try Grants.standing(of: grant, resourceServers, in: transaction, at: now)
        guard case .success(let active) = standing else { throw LoginEnded() }
        return active
    }

    /// Changes nothing of the row, and is in the way of whoever would, as are the updates above. Without them
    /// PostgreSQL, which has only to find an order for its transactions, lets one that has read the rows commit after the
    /// login was ended, as if it had been before.
    private func hold(_ login: Login, in transaction: Transaction) throws {
        switch login {
        case .session(let id):
            _ = try transaction.run("UPDATE sessions SET last_seen_at = last_seen_at WHERE id = ?", .id(id))
        case .grant(let id):
            _ = try transaction.run("UPDATE grants SET last_used_at = last_used_at WHERE id = ?", .id(id))
        }
    }
}
