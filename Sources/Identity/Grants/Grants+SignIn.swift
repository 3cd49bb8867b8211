import Database
import JOSE

extension Grants {
    /// A grant for a person who was just signed in by an application itself: in the organization they joined first,
    /// with all that the client may ask for.
    func issue(
        to client: Client, for user: User.ID, amr: [String], in transaction: Transaction, at now: Instant,
        from origin: RequestOrigin
    ) throws -> Result<Issued, StandingRefusal> {
        guard let membership = try Membership.all(of: user, in: transaction).first else {
            return .failure(.notAMember)
        }
        let allowed = client.allowedScopes(audience: nil, catalog: try resourceServers.catalog(in: transaction)) ?? []
        let permission = Permission(
            user: user, client: client, organization: membership.organization.id, scopes: ScopeSet(allowed.sorted()),
            audience: nil, authTime: now, amr: amr)
        return try issue(permission, in: transaction, at: now, from: origin)
    }
}
