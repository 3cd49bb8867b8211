import Hummingbird
import Identity

/// `refresh_token` (RFC 6749 §6), and the same in the JSON dialect.
struct RefreshTokenGrant: TokenGrant, Feature {
    let refreshTokens: RefreshTokens
    let clients: Clients

    var type: Client.GrantType { .refreshToken }

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/api/v1/auth/refresh", dialect: .api, access: .open, rate: .token,
                respond: refreshJSON)
        ]
    }

    func tokens(for request: TokenRequest) async throws -> TokenSet {
        var refresh = RefreshTokens.Request(
            token: try request.form.required("refresh_token"), client: .authenticated(request.client))
        refresh.scopes = try request.form.scopes()
        refresh.resource = request.form["resource"]
        return try await tokens(refresh, request.call)
    }

    private func refreshJSON(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        let presence = try await clients.presence(call.credentials(body))
        var refresh = RefreshTokens.Request(token: try body.string("refresh_token"), client: presence)
        refresh.scopes = try body.scopes()
        refresh.resource = try body.optionalString("resource")
        return .tokens(try await tokens(refresh, call))
    }

    private func tokens(_ refresh: RefreshTokens.Request, _ call: Call) async throws -> TokenSet {
        var refresh = refresh
        refresh.idempotencyKey = try call.idempotencyKey()
        switch try await refreshTokens.refresh(refresh, at: call.now, from: call.origin) {
        case .success(let tokens): return tokens
        case .failure(let refusal): throw Refusal(refusal)
        }
    }
}
