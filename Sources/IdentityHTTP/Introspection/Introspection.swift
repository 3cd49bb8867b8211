import Identity
import JOSE

// What is said of each kind of token (RFC 7662 §2.2). Whoever asks has the token in hand.

extension JSONObject {
    /// All that is said of a token that is not alive, whatever the reason.
    static let inactive: JSONObject = ["active": .bool(false)]
}

extension APITokens.Active {
    /// `sub`, `client_id` and `sid` are the token itself: it speaks for its organization, and for no person.
    func introspection(issuer: String) -> JSONObject {
        let id = JSONValue.string(token.id.description)
        var members: JSONObject = [
            "active": .bool(true), "token_type": .string("Bearer"), "iss": .string(issuer), "sub": id, "client_id": id,
            "scope": .string(scopes.description), "iat": .integer(token.createdAt.seconds), "sid": id,
            "org": .string(token.organization.description), "access": .string(token.access.rawValue),
            "limits": .object(limits),
        ]
        if let expiresAt { members["exp"] = .integer(expiresAt.seconds) }
        if let resources = token.resources { members["resources"] = .object(resources.json) }
        return members
    }
}

extension Grants.Active {
    /// Of the grant's refresh token.
    func refreshIntrospection(issuer: String) -> JSONObject {
        [
            "active": .bool(true), "iss": .string(issuer), "sub": .string(grant.user.description),
            "client_id": .string(client.identifier), "scope": .string(grant.scopes.description),
            "exp": .integer(grant.expiresAt.seconds), "iat": .integer(grant.createdAt.seconds),
            "sid": .string(grant.id.description), "org": .string(grant.organization.description),
            "token_type": .string("refresh_token"),
        ]
    }
}
