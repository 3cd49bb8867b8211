public import JOSE

/// An access token whose signature, issuer, audience and times have been checked, or an API token that its issuer has
/// just called good. Only `TokenVerifier` makes one.
public struct VerifiedToken: Sendable {
    /// What was presented.
    public enum Kind: Hashable, Sendable {
        /// A JWT (RFC 9068), verified here.
        case accessToken
        /// An API token, verified by the issuer (RFC 7662).
        case apiToken
    }

    /// Whether it is a JWT or an API token.
    public let kind: Kind
    /// `sub`: whose token it is. Unique within the issuer. Of an API token, and of a JWT it was exchanged for, the token
    /// itself, `tok_…`: it speaks for its organization, and for no person.
    public let subject: String
    /// `client_id`: the application that was given the token.
    public let clientID: String
    /// `scope`: what the token may be used for, separated by spaces; empty when the token has none. See ``has(_:)``.
    public let scope: String
    /// `aud`: the APIs the token is for, this one among them. Empty for an API token: it is for every API of the
    /// issuer that knows its scopes.
    public let audience: [String]
    /// `iat`
    public let issuedAt: Instant
    /// `exp`. Nil for an API token that is good until it is revoked.
    public let expiresAt: Instant?
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
    /// `resources`: to which things the token is confined, by kind; nil when to none. See ``allows(_:_:)``.
    public let resources: [String: [String]]?
    /// `jti`: the name of this very token. Of an API token the same as `sub`.
    public let tokenID: String
    /// Everything the token says, or was said of it, the claims above among it.
    public let claims: JSONObject

    /// From when the token was acceptable, the clock tolerance taken off.
    let acceptableFrom: Instant

    /// `scope`, taken apart.
    public var scopes: [String] { scope.words }

    /// Refuses unless the token was granted `scope`, to the letter.
    public func require(_ scope: String) throws(TokenVerifier.Failure) {
        guard has(scope) else { throw .missingScope(scope) }
    }

    /// Whether the token was granted `scope`, to the letter.
    public func has(_ scope: String) -> Bool {
        self.scope.hasWord(scope)
    }

    /// Whether the token may be used on this thing, say `allows("projects", "prj_1")`. True unless the token is confined
    /// to other things of that kind; a kind that it does not name is not confined. Scopes are asked for besides.
    public func allows(_ kind: String, _ identifier: String) -> Bool {
        guard let resources, let named = resources.first(where: { $0.key.isExactly(kind) }) else { return true }
        return named.value.contains { $0.isExactly(identifier) }
    }
}

extension VerifiedToken {
    /// The checks of RFC 9068 §4 that come after the signature, in its order: issuer, audience, times.
    init(_ claims: JSONObject, meeting expected: Expectations, at now: Instant) throws(TokenVerifier.Failure) {
        var reader = ClaimReader(claims)
        guard try reader.text("iss").isExactly(expected.issuer) else { throw .wrongIssuer }
        audience = try reader.audience()
        if let expected = expected.audience, !audience.contains(where: expected.isExactly) { throw .wrongAudience }
        let end = try reader.time("exp")
        guard now < end + TokenVerifier.clockTolerance else { throw .expired(end) }
        expiresAt = end
        issuedAt = try reader.time("iat")
        let validFrom = max(issuedAt, try reader.optionalTime("nbf") ?? issuedAt)
        acceptableFrom = validFrom - TokenVerifier.clockTolerance
        guard now >= acceptableFrom else { throw .notYetValid(validFrom) }

        kind = .accessToken
        subject = try reader.text("sub")
        clientID = try reader.text("client_id")
        tokenID = try reader.text("jti")
        scope = try reader.optionalText("scope") ?? ""
        authTime = try reader.optionalTime("auth_time")
        authenticationMethods = try reader.optionalTexts("amr") ?? []
        authenticationContextClass = try reader.optionalText("acr")
        grantID = try reader.optionalText("sid")
        organizationID = try reader.optionalText("org")
        resources = try reader.optionalResources()
        self.claims = claims
    }
}
