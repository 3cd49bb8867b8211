import HTTPTypes
import Hummingbird
import Identity
import JOSE
import LatchkeyVerifier

/// `POST /oauth/introspect` (RFC 7662): is this token alive, and what may it do? Of one token, sent as a form, or of up
/// to a hundred at once, sent as JSON.
///
/// Open to clients that prove themselves with a secret, and to holders of an access token of this very server: a token
/// tells its holder no more than it says by itself. Nothing is written, whatever is asked.
struct IntrospectionEndpoint: Feature {
    let issuer: String
    let clients: Clients
    let refreshTokens: RefreshTokens
    let grants: Grants
    let bearer: BearerAuthentication

    /// Calls that a resource server may tell of at once.
    static let maximumCalls: Int64 = 1_000_000
    /// Tokens in one call.
    static let maximumBatch = 100

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/oauth/introspect", dialect: .oauth, access: .client, rate: .token,
                respond: respond)
        ]
    }

    private func respond(to call: Call) async throws -> Response {
        let type = call.request.headers[.contentType]?.prefix { $0 != ";" }.lowercased()
        if type == "application/json" { return try await respondToBatch(call) }
        let form = try FormBody(call)
        let isClient = try await authorize(call) { try call.credentials(form) }
        let calls = try Self.calls(form["calls"].map { Int64($0) }, isClient: isClient)
        return .json(JSONValue.object(try await introspect(form.required("token"), calls, call)).serialized())
    }

    /// As how many uses of an API token this counts: one, or as many calls as a resource server answered with it since it
    /// asked last, this one among them. Only a client is believed: a token's holder could have others' quota used up.
    private static func calls(_ told: Int64??, isClient: Bool) throws -> Int64 {
        guard let told else { return 1 }
        guard isClient, let told, (1...maximumCalls).contains(told) else {
            throw Refusal.invalidRequest("calls is a number from 1 to \(maximumCalls), told by a client with a secret.")
        }
        return told
    }

    /// `{"tokens": ["…", …]}` is answered by `{"tokens": [{…}, …]}`, in the same order.
    private func respondToBatch(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        _ = try await authorize(call) { try call.basicCredentials() }
        guard let tokens = try body.optionalStrings("tokens"), (1...Self.maximumBatch).contains(tokens.count) else {
            throw Refusal.invalidRequest("tokens must be a list of 1 to \(Self.maximumBatch) tokens.")
        }
        var answers: [JSONValue] = []
        for token in tokens { answers.append(.object(try await introspect(token, 1, call))) }
        return .json(JSONValue.object(["tokens": .array(answers)]).serialized())
    }

    /// Whether it is a client that asks, and not the holder of an access token.
    private func authorize(_ call: Call, _ credentials: () throws -> ClientCredentials?) async throws -> Bool {
        if call.request.headers.bearerToken != nil {
            _ = try await bearer.authenticate(call)
            return false
        }
        guard case .secret(let identifier, let secret)? = try credentials() else {
            throw Refusal.invalidClient(
                "Introspection is for clients with a secret, or for access tokens of this server.")
        }
        _ = try await clients.require(.secret(identifier: identifier, secret: secret))
        return true
    }

    private func introspect(_ token: String, _ calls: Int64, _ call: Call) async throws -> JSONObject {
        do {
            if token.hasPrefix(APITokenSecret.prefix) {
                return try await bearer.apiToken(token, call, calls: calls).introspection(issuer: issuer)
            }
            if token.hasPrefix(RefreshToken.prefix) { return try await introspectRefreshToken(token, at: call.now) }
            return Self.introspection(of: try await bearer.holder(of: token, at: call.now).token)
        } catch is Refusal {
            return .inactive
        }
    }

    private func introspectRefreshToken(_ text: String, at now: Instant) async throws -> JSONObject {
        guard let (token, grant) = try await refreshTokens.inspect(text), token.generation == grant.generation,
            grant.isAlive(at: now), case .success(let active) = try await grants.standing(of: grant.id, at: now)
        else { return .inactive }
        return active.refreshIntrospection(issuer: issuer)
    }

    /// The claims of an access token, as it carries them.
    private static func introspection(of token: VerifiedToken) -> JSONObject {
        let own: [(name: String, value: JSONValue)] = [("active", .bool(true)), ("token_type", .string("Bearer"))]
        return JSONObject(own + token.claims.members.map { (name: $0.name, value: $0.value) })
    }
}
