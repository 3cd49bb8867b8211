import Identity
import JOSE
import LatchkeyVerifier

/// What became of a token that was asked about (RFC 7662 §2.2). Whoever asks has the token in hand.
enum Introspected {
    /// All that is said of a token that is not alive, whatever the reason.
    case inactive
    case apiToken(APITokens.Active)
    case refreshToken(Grants.Active)
    case accessToken(VerifiedToken)
}

extension JSONWriter {
    /// The answer as a document, or as an element of an array. Written without a tree: API tokens are asked about most.
    mutating func element(_ introspected: Introspected, issuer: String) {
        beginObject()
        switch introspected {
        case .inactive: member("active", false)
        case .apiToken(let active): members(of: active, issuer)
        case .refreshToken(let active): members(of: active, issuer)
        case .accessToken(let token): members(of: token)
        }
        endObject()
    }

    /// `sub`, `client_id` and `sid` are the token itself: it speaks for its organization, and for no person.
    private mutating func members(of active: APITokens.Active, _ issuer: String) {
        let token = active.token
        let id = token.id.description
        member("active", true)
        member("token_type", "Bearer")
        member("iss", issuer)
        member("sub", id)
        member("client_id", id)
        member("scope", active.scopes.description)
        member("iat", token.createdAt.seconds)
        member("sid", id)
        member("org", token.organization.description)
        member("access", token.access.rawValue)
        member(limitsOf: active)
        if let expiresAt = active.expiresAt { member("exp", expiresAt.seconds) }
        if let resources = token.resources { member("resources", .object(resources.json)) }
    }

    private mutating func members(of active: Grants.Active, _ issuer: String) {
        let grant = active.grant
        member("active", true)
        member("iss", issuer)
        member("sub", grant.user.description)
        member("client_id", active.client.identifier)
        member("scope", grant.scopes.description)
        member("exp", grant.expiresAt.seconds)
        member("iat", grant.createdAt.seconds)
        member("sid", grant.id.description)
        member("org", grant.organization.description)
        member("token_type", "refresh_token")
    }

    /// The claims of an access token, as it carries them.
    private mutating func members(of token: VerifiedToken) {
        let own = ["active", "token_type"]
        member("active", true)
        member("token_type", "Bearer")
        for claim in token.claims.members where !own.contains(claim.name) { member(claim.name, claim.value) }
    }
}
