import Database
package import JOSE

extension Grants {
    /// A living grant with those it concerns.
    package struct Active: Sendable {
        package let grant: Grant
        package let client: Client
        package let user: User
        package let membership: Membership
        /// What may be done with the token at hand: the grant's scopes, or fewer (RFC 6749 §6).
        package var scopes: ScopeSet

        /// Whether a second factor was shown on this very grant within the last five minutes.
        package func isProven(at now: Instant) -> Bool { grant.stepUp.isProven(at: now) }
    }

    /// Whether a grant may still be acted upon: what our own endpoints and introspection ask for each access token.
    package func standing(of id: Grant.ID, at now: Instant) async throws -> Result<Active, RefreshRefusal> {
        try await database.read { try Self.standing(of: id, resourceServers, in: $0, at: now) }
    }

    /// The same, in an open transaction.
    static func standing(
        of id: Grant.ID, _ resourceServers: ResourceServers, in transaction: Transaction, at now: Instant
    ) throws -> Result<Active, RefreshRefusal> {
        guard let found = try Found.find(id, resourceServers, in: transaction) else { return .failure(.unknown) }
        let grant = found.grant
        guard grant.revokedAt == nil else { return .failure(.revoked) }
        guard now < grant.expiresAt else { return .failure(.expired) }
        if let refusal = found.standing.refusal(for: grant.scopes, audience: grant.audience) {
            return .failure(.standing(refusal))
        }
        guard let membership = found.membership else { return .failure(.standing(.notAMember)) }
        return .success(
            Active(
                grant: grant, client: found.standing.client, user: found.user, membership: membership,
                scopes: grant.scopes))
    }

    /// Everything there is to know about a grant, in one look at the database.
    private struct Found {
        let grant: Grant
        let standing: Standing
        let user: User
        let membership: Membership?

        private static let sql = """
            SELECT \(Grant.columns), \(User.columns), \(Organization.columns), m.role, \(Client.columns),
                (SELECT revision FROM scope_catalog WHERE id = 1)
            FROM grants g
            JOIN users u ON u.id = g.user_id
            JOIN clients c ON c.id = g.client_id
            JOIN organizations o ON o.id = g.organization_id
            LEFT JOIN memberships m ON m.user_id = g.user_id AND m.organization_id = g.organization_id
            WHERE g.id = ?
            """
        private static let userColumn = Grant.columnCount
        private static let organizationColumn = userColumn + User.columnCount
        private static let roleColumn = organizationColumn + Organization.columnCount
        private static let clientColumn = roleColumn + 1
        private static let revisionColumn = clientColumn + Client.columnCount

        static func find(
            _ id: Grant.ID, _ resourceServers: ResourceServers, in transaction: Transaction
        ) throws -> Found? {
            guard let row = try transaction.row(sql, .id(id)) else { return nil }
            let user = try User(row, first: userColumn)
            let role: Role? = try row.optionalText(roleColumn).map { try stored($0) }
            let organization = try Organization(row, first: organizationColumn)
            let standing = Standing(
                userIsEnabled: user.disabledAt == nil, role: role, client: try Client(row, first: clientColumn),
                catalog: try resourceServers.catalog(of: try row.integer(revisionColumn), in: transaction))
            return Found(
                grant: try Grant(row), standing: standing, user: user,
                membership: role.map { Membership(organization: organization, role: $0) })
        }
    }
}
