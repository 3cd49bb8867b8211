import Database
package import JOSE

extension APITokens {
    /// A token that may be used now.
    package struct Active: Sendable {
        package let token: APIToken
        package let organization: Organization
        /// What it may do: of its scopes, those that the catalog still has.
        package var scopes: ScopeSet
        /// When the secret that was shown ends; nil when nothing ends it but revocation.
        package let expiresAt: Instant?
    }

    /// Whether a presented token may be used, by one look at the database and no write. A use is counted in memory.
    package func authenticate(
        _ text: String, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Active, APITokenUseRefusal> {
        guard let secret = APITokenSecret(text), let found = try await found(secret.token) else {
            return .failure(.unknown)
        }
        switch found.token.use(of: secret, on: found.organization.plan, key: keys.apiTokens, at: now) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let end):
            uses.count(found.token, at: now, from: origin)
            return .success(found.active(until: end))
        }
    }

    /// Whether a token is alive that is known by its name alone: what is asked about a JWT that it was exchanged for.
    package func standing(of id: APIToken.ID, at now: Instant) async throws -> Result<Active, APITokenUseRefusal> {
        guard let found = try await found(id) else { return .failure(.unknown) }
        if let refusal = found.token.refusalOfUse(on: found.organization.plan, at: now) { return .failure(refusal) }
        return .success(found.active(until: found.token.expiresAt))
    }

    private func found(_ id: APIToken.ID) async throws -> Found? {
        try await database.read { transaction in
            guard let row = try transaction.row(Found.sql, .id(id)) else { return nil }
            let revision = try row.integer(Found.revisionColumn)
            return Found(
                token: try APIToken(row), organization: try Organization(row, first: APIToken.columnCount),
                catalog: try resourceServers.catalog(of: revision, in: transaction))
        }
    }

    private struct Found {
        let token: APIToken
        let organization: Organization
        let catalog: ScopeCatalog

        static let sql = """
            SELECT \(APIToken.columns), \(Organization.columns), (SELECT revision FROM scope_catalog WHERE id = 1)
            FROM api_tokens t JOIN organizations o ON o.id = t.organization_id WHERE t.id = ?
            """
        static let revisionColumn = APIToken.columnCount + Organization.columnCount

        func active(until end: Instant?) -> Active {
            let known = catalog.names(audience: nil) ?? []
            return Active(
                token: token, organization: organization,
                scopes: ScopeSet(distinct: token.scopes.names.filter(known.contains)), expiresAt: end)
        }
    }
}
