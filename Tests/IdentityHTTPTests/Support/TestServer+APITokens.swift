import Database
import HTTPTypes
import Identity
import JOSE
import Testing

extension TestServer {
    /// Puts a login's organization on a plan, as an operator does.
    func put(_ login: Tokens, on plan: Organization.Plan) async throws {
        _ = try await provider.organizations.changePlan(
            of: try login.organization, to: plan, at: now, from: .server
        ).get()
    }

    /// A second factor as if it had just been shown on a login.
    func prove(_ login: Tokens) async throws {
        let (grant, now) = (try login.grant, now)
        _ = try await database.write { transaction in
            try transaction.run(
                "UPDATE grants SET proven_at = ?, proof = 'totp' WHERE id = ?", .integer(now.microseconds),
                .integer(grant.rawValue))
        }
    }

    /// An owner on a plan, who has just shown a second factor.
    func admin(
        _ email: String = "ada@example.org", on plan: Organization.Plan = .business
    ) async throws -> Tokens {
        let login = try await login(email)
        try await put(login, on: plan)
        try await prove(login)
        return login
    }

    /// Makes a token.
    func mint(
        _ json: String = #"{"label":"CI","access":"full"}"#, by login: Tokens, key: String? = nil
    ) async throws -> MintedToken {
        MintedToken(answer: try await call(.post, "/api/v1/tokens", json, by: login, key: key))
    }

    /// Swaps a token for a JWT.
    func exchange(_ token: String, _ more: KeyValuePairs<String, String> = [:]) async throws -> Answer {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"), ("subject_token", token),
            ("subject_token_type", "urn:latchkey:params:oauth:token-type:api_token"),
        ]
        let all = form + more.map { ($0.key, $0.value) }
        return try await post(
            "/oauth/token", formText: all.map { "\(formEncoded($0.0))=\(formEncoded($0.1))" }.joined(separator: "&"))
    }

    /// What the resource server is told of a token.
    func introspect(_ token: String) async throws -> JSONObject {
        try await post("/oauth/introspect", form: ["token": token], headers: .basic("resource", "its secret")).json
    }
}

/// The answer to a request for a token.
struct MintedToken: Sendable {
    let answer: Answer

    var id: String {
        get throws { try answer.string("id") }
    }

    var secret: String {
        get throws { try answer.string("token") }
    }

    var path: String {
        get throws { "/api/v1/tokens/" + (try id) }
    }
}

extension TestServer {
    /// A second factor as if it had just been shown in every browser that is signed in.
    func proveSessions() async throws {
        let now = now
        _ = try await database.write { transaction in
            try transaction.run("UPDATE sessions SET proven_at = ?, proof = 'totp'", .integer(now.microseconds))
        }
    }
}
