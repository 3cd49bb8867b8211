import Database
package import JOSE

/// What is said in an access token (RFC 9068 §2.2).
package struct AccessTokenClaims: Sendable {
    /// `sub`
    package let subject: User.ID
    /// `aud`: the resource asked for, else the issuer.
    package let audience: String
    /// `client_id`
    package let client: String
    /// `scope`
    package let scopes: ScopeSet
    /// `sid`: the grant, whose end is this token's end.
    package let grant: Grant.ID
    /// `org`: the one active organization.
    package let organization: Organization.ID
    /// `auth_time`, `amr`
    package let authTime: Instant
    package let amr: [String]
    /// `acr` (RFC 9470 §4); nil: no second factor was ever shown.
    package let contextClass: String?
}

/// Makes access tokens: RFC 9068 JWTs, never stored.
package struct AccessTokens: Sendable {
    let issuer: String
    let ring: SigningKeyRing
    let random: RandomSource

    /// Four hours.
    package static let lifetime = Duration.seconds(14_400)
    /// RFC 9068 §2.1.
    package static let type = "at+jwt"

    /// Signs a token that begins now. Throws `DatabaseFailure.unavailable` when this node has no key to sign with.
    func sign(_ claims: AccessTokenClaims, at now: Instant) throws -> String {
        var json = JSONWriter()
        json.beginObject()
        json.member("iss", issuer)
        json.member("sub", claims.subject.description)
        json.member("aud", claims.audience)
        json.member("client_id", claims.client)
        json.member("exp", (now + Self.lifetime).seconds)
        json.member("iat", now.seconds)
        json.member("jti", Base64URL.encode(random.bytes(16)))
        json.member("scope", claims.scopes.description)
        json.member("auth_time", claims.authTime.seconds)
        json.member("amr", claims.amr)
        if let contextClass = claims.contextClass { json.member("acr", contextClass) }
        json.member("sid", claims.grant.description)
        json.member("org", claims.organization.description)
        json.endObject()
        return try sign(json)
    }

    /// Signs claims that are written.
    func sign(_ json: JSONWriter, type: String = type) throws -> String {
        guard let key = ring.contents.active else {
            throw DatabaseFailure.unavailable("this node can read no key that may sign")
        }
        return try key.token(type: type, claims: json.bytes)
    }
}
