import Hummingbird
import Identity

/// `POST /api/v1/auth/revoke` and its alias `DELETE /api/v1/auth/logout`: the login of this token is over.
struct LogoutAPI: Feature {
    let bearer: BearerAuthentication
    let grants: Grants

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/auth/revoke", rate: .token, audience: .any, end),
            bearer.route(.delete, "/api/v1/auth/logout", rate: .token, audience: .any, end),
        ]
    }

    private func end(_ call: Call, _ active: Grants.Active) async throws -> Response {
        if try JSONBody(call).optionalBool("everywhere") == true {
            // A resource server that was shown a token may end that token's login, and no other.
            guard active.grant.audience == nil else {
                throw Refusal.invalidToken(
                    "This access token is for another API; it can end its own login only. Leave out everywhere.")
            }
            try await grants.revokeEverything(of: active.user.id, at: call.now, from: call.origin)
        } else {
            // False means that another call was first: it is over either way.
            _ = try await grants.revoke(active.grant.id, of: active.user.id, at: call.now, from: call.origin)
        }
        return .noContent
    }
}
