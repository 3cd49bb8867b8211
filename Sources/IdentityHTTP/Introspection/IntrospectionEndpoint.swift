import HTTPTypes
import Hummingbird
import Identity
import JOSE
import LatchkeyVerifier

/// `POST /oauth/introspect` (RFC 7662): is this token alive, and what may it do?
///
/// Open to clients that prove themselves with a secret, and to holders of an access token of this very server: a token
/// tells its holder no more than it says by itself.
struct IntrospectionEndpoint: Feature {
    let issuer: String
    let clients: Clients
    let refreshTokens: RefreshTokens
    let grants: Grants
    let bearer: BearerAuthentication

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/oauth/introspect", dialect: .oauth, access: .client, rate: .token,
                respond: respond)
        ]
    }

    private func respond(to call: Call) async throws -> Response {
        let form = try FormBody(call)
        try await authorize(call, form)
        let token = try form.required("token")
        if token.hasPrefix(RefreshToken.prefix) { return try await introspectRefreshToken(token, at: call.now) }
        do {
            return .introspection(of: try await bearer.active(token, at: call.now).token)
        } catch is Refusal {
            return .inactive
        }
    }

    private func authorize(_ call: Call, _ form: FormBody) async throws {
        if call.request.headers.bearerToken != nil {
            _ = try await bearer.authenticate(call)
            return
        }
        guard case .secret(let identifier, let secret)? = try call.credentials(form) else {
            throw Refusal.invalidClient(
                "Introspection is for clients with a secret, or for access tokens of this server.")
        }
        _ = try await clients.require(.secret(identifier: identifier, secret: secret))
    }

    private func introspectRefreshToken(_ text: String, at now: Instant) async throws -> Response {
        guard let (token, grant) = try await refreshTokens.inspect(text), token.generation == grant.generation,
            grant.isAlive(at: now), case .success(let active) = try await grants.standing(of: grant.id, at: now)
        else { return .inactive }
        var json = JSONWriter()
        json.beginObject()
        json.member("active", true)
        json.member("iss", issuer)
        json.member("sub", grant.user.description)
        json.member("client_id", active.client.identifier)
        json.member("scope", grant.scopes.description)
        json.member("exp", grant.expiresAt.seconds)
        json.member("iat", grant.createdAt.seconds)
        json.member("sid", grant.id.description)
        json.member("org", grant.organization.description)
        json.member("token_type", "refresh_token")
        json.endObject()
        return .json(json.bytes)
    }
}

extension Response {
    /// RFC 7662 §2.2: all that is said of a token that is not alive, whatever the reason.
    fileprivate static var inactive: Response {
        .json(Array(#"{"active":false}"#.utf8))
    }

    /// The claims of an access token, as it carries them.
    fileprivate static func introspection(of token: VerifiedToken) -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.member("active", true)
        json.member("token_type", "Bearer")
        for member in token.claims.members {
            json.member(member.name, member.value)
        }
        json.endObject()
        return .json(json.bytes)
    }
}
