/// What a request was let in by, and what is done in its name: a browser that is signed in, or the grant of a device or
/// application.
package enum Login: Hashable, Sendable {
    case session(Session.ID)
    case grant(Grant.ID)
}

extension Login: CustomStringConvertible {
    /// The identifier. No two logins have the same.
    package var description: String {
        switch self {
        case .session(let id): id.description
        case .grant(let id): id.description
        }
    }
}

extension Sessions.Authenticated {
    package var login: Login { .session(session.id) }
}

extension Grants.Active {
    package var login: Login { .grant(grant.id) }
}

/// A login that a transaction has found alive: who does what the transaction does, and by what.
struct LivingLogin: Sendable {
    let login: Login
    let user: User
    /// Of the grant; nil: a browser.
    let client: Client.ID?
}

/// Thrown out of a transaction, which is undone by it: the login that it was to act by is over.
///
/// No refusal of the operation: what was asked for may have been right. Who asked is told what anyone without a login is
/// told, in the one place where logins are asked for.
package struct LoginEnded: Error, Hashable {}
