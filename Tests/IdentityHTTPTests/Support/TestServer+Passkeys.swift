import Database
import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

typealias Saying = SoftwareAuthenticator.Saying

extension TestServer {
    /// Sends any JSON.
    func post(_ path: String, _ value: JSONValue, headers: HTTPFields = [:]) async throws -> Answer {
        try await post(path, jsonText: String(decoding: value.serialized(), as: UTF8.self), headers: headers)
    }

    /// What an application is given to make a passkey.
    func creationOptions(by login: Tokens) async throws -> JSONObject {
        let answer = try await call(.post, "/api/v1/auth/passkey/register/challenge", by: login)
        try #require(answer.status == .ok, "\(answer.text)")
        return try answer.json
    }

    /// Makes a passkey in the name of a login.
    func register(
        _ authenticator: inout SoftwareAuthenticator, by login: Tokens, _ saying: Saying = Saying()
    ) async throws -> Answer {
        let response = authenticator.register(try await creationOptions(by: login), saying)
        return try await post("/api/v1/auth/passkey/register", response, headers: .bearer(login.access))
    }

    /// A new authenticator with a passkey of this login's user.
    func authenticator(of login: Tokens, _ saying: Saying = Saying()) async throws -> SoftwareAuthenticator {
        var authenticator = try SoftwareAuthenticator()
        let answer = try await register(&authenticator, by: login, saying)
        try #require(answer.status == .created, "\(answer.text)")
        return authenticator
    }

    /// Shows a passkey as a second factor, on a login.
    func stepUp(
        by authenticator: SoftwareAuthenticator, of login: Tokens, _ saying: Saying = Saying()
    ) async throws {
        let challenge = try await call(.post, "/api/v1/auth/step_up/challenge", by: login)
        let options = try #require(try challenge.json["passkey"]?.object, "\(challenge.text)")
        let answer = try await post(
            "/api/v1/auth/step_up",
            .object(["method": .string("passkey"), "credential": try authenticator.authenticate(options, saying)]),
            headers: .bearer(login.access))
        try #require(answer.status == .ok, "\(answer.text)")
    }

    /// What anyone is given to ask for a passkey.
    func requestOptions() async throws -> JSONObject {
        let answer = try await post("/api/v1/auth/passkey/login/challenge", jsonText: "{}")
        try #require(answer.status == .ok, "\(answer.text)")
        return try answer.json
    }

    /// A login by passkey, with a challenge of its own.
    func login(by authenticator: SoftwareAuthenticator, _ saying: Saying = Saying()) async throws -> Answer {
        try await post(
            "/api/v1/auth/passkey/login", try authenticator.authenticate(try await requestOptions(), saying))
    }

    /// What a refused passkey must leave as it is.
    func passkeyState() async throws -> [String] {
        try await database.read { transaction in
            let passkeys = try transaction.rows(
                "SELECT id, sign_count, backed_up, last_used_at, name FROM passkeys ORDER BY id"
            ).map {
                "\(try $0.integer(0)) \(try $0.integer(1)) \(try $0.integer(2)) \(try $0.optionalInteger(3) ?? 0) "
                    + (try $0.text(4))
            }
            let others = try ["grants", "sessions"].map { table in
                "\(table) \(try transaction.row("SELECT COUNT(*) FROM \(table)")?.integer(0) ?? 0)"
            }
            return passkeys + others
        }
    }
}

extension TestBrowser {
    /// What the script of a page is given.
    func options(_ path: String) async throws -> JSONObject {
        let answer = try await post(path)
        try #require(answer.status == .ok, "\(answer.text)")
        return try answer.json
    }

    /// Sends what the script of a page sends.
    func send(_ credential: JSONValue, to path: String, returnTo: String? = nil, name: String? = nil) async throws
        -> Answer
    {
        let text = String(decoding: credential.serialized(), as: UTF8.self)
        var fields = [("csrf", formToken ?? ""), ("credential", text)]
        if let returnTo { fields.append(("return_to", returnTo)) }
        if let name { fields.append(("name", name)) }
        return try await postText(
            path, fields.map { "\(formEncoded($0.0))=\(formEncoded($0.1))" }.joined(separator: "&"))
    }

    /// Adds a passkey on the page for it.
    func addPasskey(
        _ authenticator: inout SoftwareAuthenticator, name: String? = nil, returnTo: String? = nil,
        _ saying: Saying = Saying()
    ) async throws -> Answer {
        _ = try await get("/account/passkeys/new")
        let response = authenticator.register(try await options("/account/passkeys/challenge"), saying)
        return try await send(response, to: "/account/passkeys", returnTo: returnTo, name: name)
    }

    /// Shows a passkey as a second factor, on the page for it.
    func stepUp(by authenticator: SoftwareAuthenticator, _ saying: Saying = Saying()) async throws {
        _ = try await get("/step-up")
        let response = try authenticator.authenticate(try await options("/step-up/passkey/challenge"), saying)
        let text = String(decoding: response.serialized(), as: UTF8.self)
        let answer = try await post("/step-up", ["step_up_credential": text])
        try #require(answer.status == .seeOther, "\(answer.text)")
    }

    /// Signs in on the sign-in page.
    func signIn(
        by authenticator: SoftwareAuthenticator, returnTo: String? = nil, _ saying: Saying = Saying()
    ) async throws -> Answer {
        _ = try await get("/login")
        let response = try authenticator.authenticate(try await options("/login/passkey/challenge"), saying)
        return try await send(response, to: "/login/passkey", returnTo: returnTo)
    }
}
