import Database
package import JOSE

extension APITokens {
    /// A token that may be used now.
    package struct Active: Sendable {
        package let token: APIToken
        package let organization: Organization
        /// Of its plan.
        package let terms: PlanTerms
        package let quota: APITokenQuota
        /// What it may do: of its scopes, those that the catalog still has.
        package var scopes: ScopeSet
        /// When the secret that was shown ends; nil when nothing ends it but revocation.
        package let expiresAt: Instant?
    }

    /// Whether a presented token may be used, by one look at the database and no write. A use is counted in memory.
    ///
    /// - Parameter calls: as how many calls it counts: a resource server may tell of those that it answered by itself.
    ///   None where something else may yet refuse the call: what lets it in counts it then.
    package func authenticate(
        _ text: String, calls: Int64 = 1, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Active, APITokenUseRefusal> {
        guard let secret = APITokenSecret(text) else { return .failure(.unknown) }
        let found = try await database.read { try find(secret.token, at: now, in: $0) }
        return use(secret, of: found, calls, at: now, from: origin)
    }

    /// The same for a client that asks about a token and proves itself: one look at the database tells both.
    ///
    /// - Returns: why the client may not ask; or the token, or why it may not be used.
    package func authenticate(
        _ text: String, calls: Int64, for credentials: ClientCredentials, of clients: Clients, at now: Instant,
        from origin: RequestOrigin
    ) async throws -> Result<Result<Active, APITokenUseRefusal>, ClientRefusal> {
        let secret = APITokenSecret(text)
        // Nothing is looked for that a stranger asks about.
        let found: Result<Found?, ClientRefusal> = try await database.read { transaction in
            switch try clients.authenticated(credentials, in: transaction) {
            case .failure(let refusal): .failure(refusal)
            case .success: .success(try secret.flatMap { try find($0.token, at: now, in: transaction) })
            }
        }
        return clients.refusals.counted(found).map { found in
            guard let secret else { return .failure(.unknown) }
            return use(secret, of: found, calls, at: now, from: origin)
        }
    }

    private func use(
        _ secret: APITokenSecret, of found: Found?, _ calls: Int64, at now: Instant, from origin: RequestOrigin
    ) -> Result<Active, APITokenUseRefusal> {
        guard let found else { return .failure(.unknown) }
        switch found.token.use(of: secret, on: plans[found.organization.plan], key: keys.apiTokens, at: now) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let end):
            if calls > 0 { uses.count(found.token, calls, at: now, from: origin) }
            return .success(active(found, until: end))
        }
    }

    /// Counts a call that was let in.
    package func count(_ active: Active, at now: Instant, from origin: RequestOrigin) {
        uses.count(active.token, at: now, from: origin)
    }

    /// Whether a token is alive that is known by its name alone: what is asked about a JWT that it was exchanged for.
    package func standing(of id: APIToken.ID, at now: Instant) async throws -> Result<Active, APITokenUseRefusal> {
        let found = try await database.read { try find(id, at: now, in: $0) }
        guard let found else { return .failure(.unknown) }
        if let refusal = found.token.refusalOfUse(on: plans[found.organization.plan], at: now) {
            return .failure(refusal)
        }
        return .success(active(found, until: found.token.expiresAt))
    }

    private func find(_ id: APIToken.ID, at now: Instant, in transaction: Transaction) throws -> Found? {
        let period = BillingPeriod(of: now)
        guard let row = try transaction.row(Found.sql, .time(period.start), .id(id)) else { return nil }
        let revision = try row.integer(Found.revisionColumn)
        return Found(
            token: try APIToken(row), organization: try Organization(row, first: APIToken.columnCount),
            catalog: try resourceServers.catalog(of: revision, in: transaction),
            callsThisPeriod: try row.optionalInteger(Found.callsColumn) ?? 0, period: period)
    }

    private struct Found {
        let token: APIToken
        let organization: Organization
        let catalog: ScopeCatalog
        let callsThisPeriod: Int64
        let period: BillingPeriod

        static let sql = """
            SELECT \(APIToken.columns), \(Organization.columns), (SELECT revision FROM scope_catalog WHERE id = 1),
                \(APITokenQuota.column)
            FROM api_tokens t JOIN organizations o ON o.id = t.organization_id WHERE t.id = ?
            """
        static let revisionColumn = APIToken.columnCount + Organization.columnCount
        static let callsColumn = revisionColumn + 1
    }

    private func active(_ found: Found, until end: Instant?) -> Active {
        let terms = plans[found.organization.plan]
        return Active(
            token: found.token, organization: found.organization, terms: terms,
            quota: APITokenQuota(
                limit: terms.callsPerPeriod, used: found.callsThisPeriod, period: found.period),
            scopes: found.catalog.existing(of: found.token.scopes), expiresAt: end)
    }
}
