import JOSE

/// What is said in a JWT that an API token was exchanged for: RFC 9068, with the token where a login has its user and
/// its grant.
struct ExchangedTokenClaims: Sendable {
    let token: APIToken
    /// `aud`
    let audience: String
    /// `client_id`: who asked for it, else the token itself.
    let client: String?
    let scopes: ScopeSet
    let expiresAt: Instant
    let terms: PlanTerms
    let quota: APITokenQuota
}

extension AccessTokens {
    /// Signs a JWT for an API token. Nobody was asked for a proof, so it has neither `auth_time` nor `amr`; its `sid` is
    /// the API token, whose end is its end.
    func sign(_ claims: ExchangedTokenClaims, at now: Instant) throws -> String {
        let token = claims.token
        var json = JSONWriter()
        json.beginObject()
        json.member("iss", issuer)
        json.member("sub", token.id.description)
        json.member("aud", claims.audience)
        json.member("client_id", claims.client ?? token.id.description)
        json.member("exp", claims.expiresAt.seconds)
        json.member("iat", now.seconds)
        json.member("jti", Base64URL.encode(random.bytes(16)))
        json.member("scope", claims.scopes.description)
        json.member("sid", token.id.description)
        json.member("org", token.organization.description)
        if let resources = token.resources { json.member("resources", .object(resources.json)) }
        json.member(limits: claims)
        json.endObject()
        return try sign(json)
    }
}

extension JSONWriter {
    /// What the plan allows, under the names that introspection has for it. Not how much is used up: that would be as old as
    /// the JWT.
    fileprivate mutating func member(limits claims: ExchangedTokenClaims) {
        beginObject("limits")
        member("requests_per_minute", claims.terms.callsPerMinute)
        member("calls_per_period", claims.quota.limit.map { .integer($0) } ?? .null)
        member("period_ends_at", claims.quota.period.end.iso8601)
        endObject()
    }
}
