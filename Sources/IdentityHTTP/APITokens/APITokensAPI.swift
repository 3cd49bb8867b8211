import Hummingbird
import Identity
import JOSE

/// API tokens through the API. They are those of the one organization that the caller's access token acts in; nothing
/// in a request names another, nor another maker.
///
/// Making one and giving it a new secret take a second factor of the last five minutes, on this very login. Whatever
/// else stands against it is told before that is asked for.
/// No API token is taken here: a token can make, show and end no token.
struct APITokensAPI: Feature {
    let bearer: BearerAuthentication
    let gate: StepUpGate
    let tokens: APITokens

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/tokens", mint),
            bearer.route(.get, "/api/v1/tokens", list),
            bearer.route(.get, "/api/v1/tokens/{id}", show),
            bearer.route(.patch, "/api/v1/tokens/{id}", rename),
            bearer.route(.delete, "/api/v1/tokens/{id}", revoke),
            bearer.route(.post, "/api/v1/tokens/{id}/rotate", rotate),
            bearer.route(.get, "/api/v1/tokens/{id}/usage", usage),
        ]
    }

    private func mint(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (minting, now) = (try JSONBody(call).minting(), call.now)
        return try await call.answer({ .json($0.json(at: now), status: .created) }, refusing: Refusal.init) {
            try await demandingStepUp(
                of: active, at: now,
                try await tokens.mint(minting, by: .init(active), at: now, from: call.origin, recording: $0))
        }
    }

    /// When a second factor is all that is missing: says how it can be shown, and where.
    private func demandingStepUp(
        of active: Grants.Active, at now: Instant, _ outcome: Result<APITokens.Given, APITokenRefusal>
    ) async throws -> Result<APITokens.Given, APITokenRefusal> {
        if case .failure(.stepUpRequired) = outcome { try await gate.require(of: active, at: now) }
        return outcome
    }

    private func list(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let listing = try await tokens.list(try call.page(), by: .init(active), at: call.now)
            .mapError(Refusal.init).get()
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("tokens")
        for listed in listing.tokens.items { listed.write(to: &json, at: call.now) }
        json.endArray()
        json.member(pagination: listing.tokens)
        json.member(plan: listing.terms)
        json.endObject()
        return .json(json.bytes)
    }

    private func show(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let listed = try await tokens.find(try call.token(), by: .init(active), at: call.now)
            .mapError(Refusal.init).get()
        return .json(listed.json(at: call.now))
    }

    private func rename(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, label, now) = (try call.token(), try JSONBody(call).label(), call.now)
        return try await call.answer({ .json($0.json(at: now)) }, refusing: Refusal.init) {
            try await tokens.rename(id, to: label, by: .init(active), at: now, from: call.origin, recording: $0)
        }
    }

    private func revoke(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let id = try call.token()
        return try await call.answer({ .noContent }, refusing: Refusal.init) {
            try await tokens.revoke(id, by: .init(active), at: call.now, from: call.origin, recording: $0)
        }
    }

    private func rotate(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let (id, overlap, now) = (try call.token(), try JSONBody(call).overlap(), call.now)
        return try await call.answer({ .json($0.json(at: now)) }, refusing: Refusal.init) {
            try await demandingStepUp(
                of: active, at: now,
                try await tokens.rotate(
                    id, overlap: overlap, by: .init(active), at: now, from: call.origin, recording: $0))
        }
    }

    private func usage(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let usage = try await tokens.usage(of: try call.token(), by: .init(active), at: call.now)
            .mapError(Refusal.init).get()
        return .json(usage.json(at: call.now))
    }
}

extension Call {
    /// The token of the path. What is no identifier names none, in the same words.
    fileprivate func token() throws -> APIToken.ID {
        guard let id = APIToken.ID(segment("id")) else { throw Refusal(APITokenRefusal.unknown) }
        return id
    }
}
