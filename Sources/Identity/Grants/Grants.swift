import Database
package import JOSE

/// The tokens of one answer (RFC 6749 §5.1).
package struct TokenSet: Sendable {
    package let accessToken: String
    package let refreshToken: String
    package let expiresIn: Duration
    package let scopes: ScopeSet
}

/// Grants: made by a proof, listed for their user, ended.
package struct Grants: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let issuer: String
    let accessTokens: AccessTokens
    let audit: AuditTrail
    let sessions: Sessions
    let resourceServers: ResourceServers

    /// All that a new grant is made of.
    struct Permission: Sendable {
        let user: User.ID
        let client: Client
        let organization: Organization.ID
        let scopes: ScopeSet
        let audience: String?
        let authTime: Instant
        let amr: [String]
        /// When the grant ends at the latest; nil: after a whole lifetime.
        var expiresAt: Instant?
    }

    /// A grant and the name of its client: what tokens are made of.
    struct Issued: Sendable {
        let grant: Grant
        let client: String
    }

    /// Makes a grant, when everything it stands on is given at this moment.
    func issue(
        _ permission: Permission, in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws -> Result<Issued, StandingRefusal> {
        let standing = Standing(
            userIsEnabled: try User.find(permission.user, in: transaction).map { $0.disabledAt == nil } ?? false,
            role: try Membership.find(permission.user, in: permission.organization, transaction)?.role,
            client: permission.client, catalog: try resourceServers.catalog(in: transaction))
        if let refusal = standing.refusal(for: permission.scopes, audience: permission.audience) {
            return .failure(refusal)
        }
        let epoch = try Epoch.seed(in: transaction)
        var made: Grant?
        _ = try transaction.insert(Grant.self, at: now, random: random) { id in
            let grant = Grant(
                id, permission, secret: random.secret(32), epoch: epoch, at: now, from: origin)
            made = grant
            return try grant.insert(in: transaction)
        }
        guard let grant = made else { throw DatabaseFailure.misuse("a grant was inserted without being made") }
        try audit.record(
            AuditEvent(.grantIssued, of: grant, detail: ["scope": grant.scopes.description].changing(to: "active")),
            in: transaction, at: now, from: origin)
        return .success(Issued(grant: grant, client: permission.client.identifier))
    }

    /// Signs the tokens of a grant's present generation. Outside any transaction: signing must not hold the writer.
    func tokens(of issued: Issued, scopes: ScopeSet? = nil, at now: Instant) throws -> TokenSet {
        let grant = issued.grant
        let claims = AccessTokenClaims(
            subject: grant.user, audience: grant.audience ?? issuer, client: issued.client,
            scopes: scopes ?? grant.scopes, grant: grant.id, organization: grant.organization,
            authTime: grant.lastAuthTime, amr: grant.authenticationMethods, contextClass: grant.contextClass)
        return TokenSet(
            accessToken: try accessTokens.sign(claims, at: now),
            refreshToken: RefreshToken(of: grant, key: keys.refresh).text,
            expiresIn: AccessTokens.lifetime, scopes: claims.scopes)
    }

    /// The tokens of an outcome that made or renewed a grant; a refusal stays what it is.
    func tokens<Refusal>(
        of outcome: Result<Issued, Refusal>, scopes: ScopeSet? = nil, at now: Instant
    ) throws -> Result<TokenSet, Refusal> {
        switch outcome {
        case .success(let issued): .success(try tokens(of: issued, scopes: scopes, at: now))
        case .failure(let refusal): .failure(refusal)
        }
    }

    /// A grant for its user's list.
    package struct Listed: Sendable {
        package let grant: Grant
        package let clientName: String
        package let organization: Organization
    }

    /// The living grants of a user, the newest first, at most 200.
    package func all(of user: User.ID, at now: Instant) async throws -> [Listed] {
        try await database.read { transaction in
            let rows = try transaction.rows(
                """
                SELECT \(Grant.columns), c.name, \(Organization.columns) FROM grants g
                JOIN clients c ON c.id = g.client_id JOIN organizations o ON o.id = g.organization_id
                WHERE g.user_id = ? AND g.revoked_at IS NULL ORDER BY g.id DESC LIMIT 200
                """, .id(user))
            return try rows.map { row in
                Listed(
                    grant: try Grant(row), clientName: try row.text(Grant.columnCount),
                    organization: try Organization(row, first: Grant.columnCount + 1))
            }.filter { $0.grant.isAlive(at: now) }
        }
    }

    /// Ends one grant of a user. Answers false when the user has no such living grant.
    package func revoke(
        _ id: Grant.ID, of user: User.ID, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Void> = .none
    ) async throws -> Bool {
        try await database.write { transaction in
            guard var grant = try Grant.find(id, in: transaction), grant.user == user,
                try grant.end(.signedOut, audit, in: transaction, at: now, from: origin)
            else { return false }
            try recording.record((), in: transaction)
            return true
        }
    }

    /// Ends every grant and every browser session of a user, and turns away the devices that have just been let in.
    package func revokeEverything(of user: User.ID, at now: Instant, from origin: RequestOrigin) async throws {
        try await database.write { transaction in
            try EveryLogin(sessions: sessions, audit: audit)
                .end(of: user, .signedOut, in: transaction, at: now, from: origin)
        }
    }

    /// Ends every grant of a user in one organization.
    ///
    /// - Parameter actor: who does so, of whom the audit tells.
    func endAll(
        of user: User.ID, in organization: Organization.ID, _ reason: Grant.RevocationReason, by actor: LivingLogin,
        in transaction: Transaction, at now: Instant, from origin: RequestOrigin
    ) throws {
        for var grant in try Grant.unrevoked(of: user, in: organization, transaction) {
            _ = try grant.end(reason, by: actor, audit, in: transaction, at: now, from: origin)
        }
    }

    /// Gives a token back (RFC 7009): ends the grant when it is this client's.
    package func revoke(
        _ id: Grant.ID, by client: Client.ID, at now: Instant, from origin: RequestOrigin
    ) async throws {
        try await database.write { transaction in
            guard var grant = try Grant.find(id, in: transaction), grant.client == client else { return }
            _ = try grant.end(.revokedByClient, audit, in: transaction, at: now, from: origin)
        }
    }
}

extension Grant {
    init(
        _ id: ID, _ permission: Grants.Permission, secret: Secret, epoch: [UInt8], at now: Instant,
        from origin: RequestOrigin
    ) {
        self.init(
            id: id, user: permission.user, client: permission.client.id, organization: permission.organization,
            scopes: permission.scopes, audience: permission.audience, secret: secret, epoch: epoch, generation: 1,
            authTime: permission.authTime, amr: permission.amr, device: origin.agent, createdAt: now,
            createdAddress: origin.address, lastUsedAt: now, lastUsedAddress: origin.address,
            expiresAt: permission.expiresAt ?? now + Grant.lifetime)
    }
}
