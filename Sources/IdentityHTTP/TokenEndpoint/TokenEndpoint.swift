import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// One way to get tokens: the only thing in which it differs from every other.
protocol TokenGrant: Sendable {
    var type: Client.GrantType { get }
    func tokens(for request: TokenRequest) async throws -> TokenSet
}

/// A token request whose client is known.
struct TokenRequest: Sendable {
    let call: Call
    let form: FormBody
    let client: Client
}

/// `POST /oauth/token` (RFC 6749 §3.2).
struct TokenEndpoint: Feature {
    let clients: Clients
    let grants: [any TokenGrant]
    /// Apart from the grants: what is exchanged is its own proof, so no client is asked for.
    let exchange: TokenExchangeGrant

    var routes: [Route] {
        [Route(method: .post, path: "/oauth/token", dialect: .oauth, access: .client, rate: .token, respond: respond)]
    }

    /// The checks, in their order.
    private func respond(to call: Call) async throws -> Response {
        let form = try FormBody(call)
        let type = try form.required("grant_type")
        if type == TokenExchangeGrant.type { return try await exchange.respond(to: call, form) }
        guard let grant = grants.first(where: { $0.type.rawValue == type }) else {
            throw Refusal(.badRequest, "unsupported_grant_type", "This server has no grant type \(type).")
        }
        let client = try await clients.require(call.requiredCredentials(form))
        guard client.grantTypes.contains(grant.type) else { throw Refusal.unauthorizedClient }
        return .tokens(try await grant.tokens(for: TokenRequest(call: call, form: form, client: client)))
    }
}

extension FormBody {
    /// The `scope` parameter (RFC 6749 §3.3).
    func scopes() throws -> ScopeSet? {
        try self["scope"].map(ScopeSet.init(requested:))
    }
}

extension JSONBody {
    /// The `scope` member: space-separated, as in RFC 6749 §3.3.
    func scopes() throws -> ScopeSet? {
        try optionalString("scope").map(ScopeSet.init(requested:))
    }
}

extension ScopeSet {
    fileprivate init(requested text: String) throws {
        guard let scopes = ScopeSet(parsing: text) else { throw Refusal.invalidScope }
        self = scopes
    }
}

extension Refusal {
    static let invalidScope = Refusal(
        .badRequest, "invalid_scope",
        "scope must be at most \(ScopeSet.maximumCount) words of printable ASCII, separated by single spaces.")
}

extension Call {
    /// The `Idempotency-Key` header: 1 to 255 characters.
    func idempotencyKey() throws -> String? {
        guard let key = request.headers.value(of: .idempotencyKey) else { return nil }
        guard (1...255).contains(key.utf8.count) else {
            throw Refusal.invalidRequest("Idempotency-Key must have 1 to 255 characters.")
        }
        return key
    }
}
