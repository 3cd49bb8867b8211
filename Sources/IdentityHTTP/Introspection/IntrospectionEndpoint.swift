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

    /// Calls that a resource server may tell of at once, and tokens in one call: as many as the verifier sends.
    private static let maximumCalls = Int64(LatchkeyVerifier.Introspection.maximumCalls)
    private static let maximumBatch = LatchkeyVerifier.Introspection.maximumBatch

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/oauth/introspect", dialect: .oauth, access: .client, rate: .introspection,
                respond: respond)
        ]
    }

    /// Strangers, and those who guess at secrets, spend of a narrower limit.
    private func respond(to call: Call) async throws -> Response {
        do {
            return try await answer(call)
        } catch let refusal as Refusal where refusal.status == .unauthorized {
            _ = try bearer.limits.spend(.token, address: call.origin.address, at: call.now)
            throw refusal
        }
    }

    private func answer(_ call: Call) async throws -> Response {
        if call.request.headers.mediaType == "application/json" { return try await respondToBatch(call) }
        let form = try FormBody(call)
        let credentials = try credentials(of: call) { try call.credentials(form) }
        let calls = try Self.calls(form["calls"].map { Int64($0) }, isClient: credentials != nil)
        if let credentials, let token = form["token"], token.hasPrefix(APITokenSecret.prefix) {
            return answer(try await introspect(token, calls, for: credentials, call))
        }
        try await authorize(credentials, call)
        return answer(try await introspect(form.required("token"), calls, call))
    }

    private func answer(_ introspected: Introspected) -> Response {
        var json = JSONWriter()
        json.element(introspected, issuer: issuer)
        return .json(json.bytes)
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

    /// The same for each token of a batch, by its place in the list.
    private static func calls(_ body: JSONBody, of count: Int, isClient: Bool) throws -> [Int64] {
        guard let told = try body.optionalIntegers("calls") else { return Array(repeating: 1, count: count) }
        guard told.count == count else {
            throw Refusal.invalidRequest("calls must be a list of numbers, one for each of the tokens in their order.")
        }
        return try told.map { try calls($0, isClient: isClient) }
    }

    /// `{"tokens": ["…", …]}`, with `"calls": [17, …]` or without, is answered by `{"tokens": [{…}, …]}`, in the same order.
    private func respondToBatch(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        let credentials = try credentials(of: call) { try call.basicCredentials() }
        try await authorize(credentials, call)
        guard let tokens = try body.optionalStrings("tokens"), (1...Self.maximumBatch).contains(tokens.count) else {
            throw Refusal.invalidRequest("tokens must be a list of 1 to \(Self.maximumBatch) tokens.")
        }
        let calls = try Self.calls(body, of: tokens.count, isClient: credentials != nil)
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("tokens")
        for (token, calls) in zip(tokens, calls) {
            json.element(try await introspect(token, calls, call), issuer: issuer)
        }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    /// Those of the client that asks; nil when it is the holder of an access token.
    private func credentials(
        of call: Call, _ credentials: () throws -> ClientCredentials?
    ) throws -> ClientCredentials? {
        if call.request.headers.bearerToken != nil { return nil }
        guard case .secret(let identifier, let secret)? = try credentials() else {
            throw Refusal.invalidClient(
                "Introspection is for clients with a secret, or for access tokens of this server.")
        }
        return .secret(identifier: identifier, secret: secret)
    }

    private func authorize(_ credentials: ClientCredentials?, _ call: Call) async throws {
        if let credentials {
            _ = try await clients.require(credentials)
        } else {
            _ = try await bearer.authenticate(call)
        }
    }

    /// What resource servers ask most: about an API token, and in one look at the database.
    private func introspect(
        _ apiToken: String, _ calls: Int64, for credentials: ClientCredentials, _ call: Call
    ) async throws -> Introspected {
        let answer = try await bearer.apiTokens.authenticate(
            apiToken, calls: calls, for: credentials, of: clients, at: call.now, from: call.origin)
        switch answer {
        case .failure(let refusal): throw Refusal(refusal)
        case .success(let outcome):
            do { return .apiToken(try bearer.active(outcome)) } catch is Refusal { return .inactive }
        }
    }

    private func introspect(_ token: String, _ calls: Int64, _ call: Call) async throws -> Introspected {
        do {
            if token.hasPrefix(APITokenSecret.prefix) {
                return .apiToken(try await bearer.apiToken(token, call, calls: calls))
            }
            if token.hasPrefix(RefreshToken.prefix) { return try await introspectRefreshToken(token, at: call.now) }
            return .accessToken(try await bearer.holder(of: token, at: call.now).token)
        } catch is Refusal {
            return .inactive
        }
    }

    private func introspectRefreshToken(_ text: String, at now: Instant) async throws -> Introspected {
        guard let (token, grant) = try await refreshTokens.inspect(text), token.generation == grant.generation,
            grant.isAlive(at: now), case .success(let active) = try await grants.standing(of: grant.id, at: now)
        else { return .inactive }
        return .refreshToken(active)
    }
}
