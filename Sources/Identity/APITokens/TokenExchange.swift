package import JOSE

/// RFC 8693: an API token is exchanged for a JWT of five minutes, which a resource server verifies by itself.
package struct TokenExchange: Sendable {
    let issuer: String
    let apiTokens: APITokens
    let accessTokens: AccessTokens
    let resourceServers: ResourceServers

    /// How long the JWT lives at the longest, and so how long it may be good after the token was revoked, for a
    /// resource server that asks nobody.
    package static let lifetime = Duration.seconds(300)

    package struct Request: Sendable {
        /// `subject_token`
        let token: String
        /// The resource server that the JWT is for (RFC 8707); nil: this server.
        package var resource: String?
        /// Fewer scopes than the token has; nil: all that fit the resource.
        package var scopes: ScopeSet?
        /// The client that proved itself; nil: the token is all there is.
        package var client: Client?

        package init(token: String) {
            self.token = token
        }
    }

    package struct Exchanged: Sendable {
        package let accessToken: String
        package let lifetime: Duration
        package let scopes: ScopeSet
    }

    package func exchange(
        _ request: Request, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<Exchanged, TokenExchangeRefusal> {
        switch try await apiTokens.authenticate(request.token, at: now, from: origin) {
        case .failure(let refusal): return .failure(.token(refusal))
        case .success(let active):
            guard !active.quota.isExhausted else { return .failure(.quotaExceeded(active.terms.plan, active.quota)) }
            switch Self.scopes(of: request, active, try await resourceServers.catalog()) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let scopes): return .success(try exchanged(request, active, scopes, at: now))
            }
        }
    }

    private func exchanged(
        _ request: Request, _ active: APITokens.Active, _ scopes: ScopeSet, at now: Instant
    ) throws -> Exchanged {
        let end = min(now + Self.lifetime, active.expiresAt ?? now + Self.lifetime)
        let claims = ExchangedTokenClaims(
            token: active.token, audience: request.resource ?? issuer, client: request.client?.identifier,
            scopes: scopes, expiresAt: end, terms: active.terms, quota: active.quota)
        return Exchanged(
            accessToken: try accessTokens.sign(claims, at: now), lifetime: .seconds(end.seconds - now.seconds),
            scopes: scopes)
    }

    /// What the JWT may do: never more than the token, and nothing that its audience does not know.
    private static func scopes(
        of request: Request, _ active: APITokens.Active, _ catalog: ScopeCatalog
    ) -> Result<ScopeSet, TokenExchangeRefusal> {
        guard let known = catalog.names(audience: request.resource) else { return .failure(.audienceUnknown) }
        let allowed = active.scopes.names.filter(known.contains)
        if let asked = request.scopes, !asked.isEmpty {
            if let missing = asked.subtracting(Set(allowed)).first { return .failure(.scopeNotGranted(missing)) }
            return .success(asked)
        }
        return allowed.isEmpty ? .failure(.noScopes) : .success(ScopeSet(distinct: allowed))
    }
}

/// Why a token is not exchanged.
package enum TokenExchangeRefusal: Error, Hashable, Sendable {
    case token(APITokenUseRefusal)
    /// The calls of the billing period are used up.
    case quotaExceeded(Organization.Plan, APITokenQuota)
    case audienceUnknown
    case scopeNotGranted(String)
    /// The resource asked for knows none of the token's scopes.
    case noScopes
}
