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
    func require(_ login: Login, in transaction: Transaction, at now: Instant) throws -> User {
        try hold(login, in: transaction)
        guard let user = try user(of: login, in: transaction, at: now) else { throw LoginEnded() }
        return user
    }

    /// The same, with all that there is to know of a grant.
    func require(_ grant: Grant.ID, in transaction: Transaction, at now: Instant) throws -> Grants.Active {
        try hold(.grant(grant), in: transaction)
        let standing = try Grants.standing(of: grant, resourceServers, in: transaction, at: now)
        guard case .success(let active) = standing else { throw LoginEnded() }
        return active
    }

    /// Whose login it is; nil when it is over.
    func user(of login: Login, in transaction: Transaction, at now: Instant) throws -> User? {
        switch login {
        case .session(let id): return try Sessions.authenticated(id, in: transaction, at: now)?.user
        case .grant(let id):
            let standing = try Grants.standing(of: id, resourceServers, in: transaction, at: now)
            guard case .success(let active) = standing else { return nil }
            return active.user
        }
    }

    /// Changes nothing of the row, and is in the way of whoever would. Without it PostgreSQL, which has only to find an
    /// order for its transactions, lets one that has read the row commit after the login was ended, as if it had been
    /// before.
    private func hold(_ login: Login, in transaction: Transaction) throws {
        switch login {
        case .session(let id):
            _ = try transaction.run("UPDATE sessions SET last_seen_at = last_seen_at WHERE id = ?", .id(id))
        case .grant(let id):
            _ = try transaction.run("UPDATE grants SET last_used_at = last_used_at WHERE id = ?", .id(id))
        }
    }
}
