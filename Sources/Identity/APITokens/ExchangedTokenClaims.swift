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
        json.endObject()
        return try sign(json)
    }
}
