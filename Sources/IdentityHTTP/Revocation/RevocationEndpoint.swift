import Hummingbird
import Identity

/// `POST /oauth/revoke` (RFC 7009): a client gives back a refresh token or an access token; its grant is over.
struct RevocationEndpoint: Feature {
    let clients: Clients
    let grants: Grants
    let refreshTokens: RefreshTokens
    let bearer: BearerAuthentication

    var routes: [Route] {
        [Route(method: .post, path: "/oauth/revoke", dialect: .oauth, access: .client, rate: .token, respond: respond)]
    }

    private func respond(to call: Call) async throws -> Response {
        let form = try FormBody(call)
        let client = try await clients.require(call.requiredCredentials(form))
        let token = try form.required("token")
        // RFC 7009 §2.2.1: it belongs to an organization, and no client may end it. 200 would say that it is over.
        guard !token.hasPrefix(APITokenSecret.prefix) else {
            throw Refusal(
                .badRequest, "unsupported_token_type",
                "An API token is revoked by an admin of its organization: DELETE /api/v1/tokens/{id}.")
        }
        // RFC 7009 §2.2: a token that is unknown, or of another client, is answered like one that was revoked.
        if let grant = try await grant(of: token, call) {
            try await grants.revoke(grant, by: client.id, at: call.now, from: call.origin)
        }
        return Response(status: .ok)
    }

    /// A grant that cannot be used at the moment, for its user is disabled, can be ended all the same: else it would be
    /// back with its user, after an answer that said it was over.
    private func grant(of token: String, _ call: Call) async throws -> Grant.ID? {
        if token.hasPrefix(RefreshToken.prefix) { return try await refreshTokens.inspect(token)?.grant.id }
        do {
            return try await bearer.verified(token, at: call.now).grant
        } catch is Refusal {
            return nil
        }
    }
}
