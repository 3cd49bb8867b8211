import Hummingbird
import Identity
import JOSE

/// `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): an API token for a JWT of five minutes.
///
/// The API token is all the proof there is; a client may say who it is, and then must be who it says. There is no
/// refresh token: the API token is exchanged again.
struct TokenExchangeGrant: Sendable {
    let exchange: TokenExchange
    let clients: Clients
    let hits: LimitHits

    static let type = "urn:ietf:params:oauth:grant-type:token-exchange"
    /// The kind of `subject_token` that is taken: ours, or the word of RFC 8693 §3 that libraries have for it.
    static let subjectTokenTypes = ["urn:latchkey:params:oauth:token-type:api_token", accessTokenType]
    private static let accessTokenType = "urn:ietf:params:oauth:token-type:access_token"
    private static let issuedTypes = [accessTokenType, "urn:ietf:params:oauth:token-type:jwt"]

    /// The checks, in their order.
    func respond(to call: Call, _ form: FormBody) async throws -> Response {
        var client: Client?
        if let credentials = try call.credentials(form) { client = try await clients.require(credentials) }
        guard Self.subjectTokenTypes.contains(try form.required("subject_token_type")) else {
            throw Refusal.invalidRequest("subject_token_type must be \(Self.subjectTokenTypes[0]).")
        }
        let issuedType = form["requested_token_type"] ?? Self.accessTokenType
        guard Self.issuedTypes.contains(issuedType) else {
            throw Refusal.invalidRequest("requested_token_type must be \(Self.accessTokenType), or be left out.")
        }
        guard form["actor_token"] == nil else {
            throw Refusal.invalidRequest("An API token acts for nobody else: leave out actor_token.")
        }
        var request = TokenExchange.Request(token: try form.required("subject_token"))
        request.scopes = try form.scopes()
        request.resource = try form.target()
        request.client = client
        switch try await exchange.exchange(request, at: call.now, from: call.origin) {
        case .success(let exchanged): return .json(exchanged.json(issuedType))
        case .failure(let refusal):
            if case .quotaExceeded = refusal { hits.count(quota: .exchange) }
            throw Refusal(refusal, at: call.now)
        }
    }
}

extension FormBody {
    /// `resource` (RFC 8707), or `audience`, which here means the same.
    fileprivate func target() throws -> String? {
        guard let resource = self["resource"], let audience = self["audience"] else {
            return self["resource"] ?? self["audience"]
        }
        guard resource == audience else {
            throw Refusal.invalidRequest("resource and audience name two resource servers; a token is for one.")
        }
        return resource
    }
}

extension TokenExchange.Exchanged {
    /// RFC 8693 §2.2.1
    fileprivate func json(_ issuedType: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("access_token", accessToken)
        json.member("issued_token_type", issuedType)
        json.member("token_type", "Bearer")
        json.member("expires_in", lifetime.components.seconds)
        json.member("scope", scopes.description)
        json.endObject()
        return json.bytes
    }
}
