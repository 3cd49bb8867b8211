public import JOSE

/// An access token whose signature, issuer, audience and times have been checked. Only `TokenVerifier` makes one.
public struct VerifiedToken: Sendable {
    /// `sub`: whose token it is. Unique within the issuer.
    public let subject: String
    /// `client_id`: the application that was given the token.
    public let clientID: String
    /// `scope`, taken apart; empty when the token has none.
    public let scopes: [String]
    /// `aud`: the APIs the token is for, this one among them.
    public let audience: [String]
    /// `iat`
    public let issuedAt: Instant
    /// `exp`
    public let expiresAt: Instant
    /// `auth_time`: when the person last proved who they are.
    public let authTime: Instant?
    /// `amr`: how they did (RFC 8176); empty when the token does not say.
    public let authenticationMethods: [String]
    /// `acr`: that it took a second factor, at `authTime` (RFC 9470 §4); nil when the token does not say.
    public let authenticationContextClass: String?
    /// `sid`: the grant behind the token, one per login and device. Latchkey's revocations name it.
    public let grantID: String?
    /// `org`: the one organization the token acts in.
    public let organizationID: String?
    /// `jti`: the name of this very token.
    public let tokenID: String
    /// Everything the token says, the claims above among it.
    public let claims: JSONObject

    /// From when the token was acceptable, the clock tolerance taken off.
    let acceptableFrom: Instant

    /// Refuses unless the token was granted `scope`, to the letter.
    public func require(_ scope: String) throws(TokenVerifier.Failure) {
        guard has(scope) else { throw .missingScope(scope) }
    }

    /// Whether the token was granted `scope`, to the letter.
    public func has(_ scope: String) -> Bool {
        scopes.contains { $0.isExactly(scope) }
    }
}

extension VerifiedToken {
    /// The checks of RFC 9068 §4 that come after the signature, in its order: issuer, audience, times.
    init(_ claims: JSONObject, meeting expected: Expectations, at now: Instant) throws(TokenVerifier.Failure) {
        let reader = ClaimReader(claims)
        guard try reader.text("iss").isExactly(expected.issuer) else { throw .wrongIssuer }
        audience = try reader.audience()
        if let expected = expected.audience, !audience.contains(where: expected.isExactly) { throw .wrongAudience }
        expiresAt = try reader.time("exp")
        guard now < expiresAt + TokenVerifier.clockTolerance else { throw .expired(expiresAt) }
        issuedAt = try reader.time("iat")
        let validFrom = max(issuedAt, try reader.optionalTime("nbf") ?? issuedAt)
        acceptableFrom = validFrom - TokenVerifier.clockTolerance
        guard now >= acceptableFrom else { throw .notYetValid(validFrom) }

        subject = try reader.text("sub")
        clientID = try reader.text("client_id")
        tokenID = try reader.text("jti")
        scopes = try reader.optionalText("scope")?.words ?? []
        authTime = try reader.optionalTime("auth_time")
        authenticationMethods = try reader.optionalTexts("amr") ?? []
        authenticationContextClass = try reader.optionalText("acr")
        grantID = try reader.optionalText("sid")
        organizationID = try reader.optionalText("org")
        self.claims = claims
    }
}
