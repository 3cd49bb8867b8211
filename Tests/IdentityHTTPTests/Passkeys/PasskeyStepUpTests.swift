import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

/// A passkey as a second factor, through the API.
struct PasskeyStepUpTests {
    private func prove(_ credential: JSONValue, by login: Tokens, _ server: TestServer) async throws -> Answer {
        try await server.post(
            "/api/v1/auth/step_up", .object(["method": .string("passkey"), "credential": credential]),
            headers: .bearer(login.access))
    }

    private func options(by login: Tokens, _ server: TestServer) async throws -> JSONObject {
        let answer = try await server.call(.post, "/api/v1/auth/step_up/challenge", by: login)
        #expect(try answer.json["methods"]?.strings?.first == "passkey")
        return try #require(try answer.json["passkey"]?.object)
    }

    @Test("is recorded on the login of the token, told in amr and acr, and good once")
    func proven() async throws {
        try await withServer { server in
            let (ada, other) = (try await server.login(), try await server.login())
            let key = try await server.authenticator(of: ada)
            let response = try key.authenticate(try await options(by: ada, server))
            #expect(try await prove(response, by: other, server).error == "invalid_grant")
            let proven = try await prove(response, by: ada, server)
            #expect(proven.status == .ok, "\(proven.text)")
            #expect(try proven.json["valid_until"]?.string != nil)
            #expect(try await prove(response, by: ada, server).error == "invalid_grant")
            let fresh = try Tokens(try await server.refresh(ada.refresh))
            #expect(try fresh.claims["amr"]?.strings == ["email", "pop", "user", "mfa"])
            #expect(try fresh.claims["acr"]?.string == StepUp.contextClass)
            let untouched = try Tokens(try await server.refresh(other.refresh))
            #expect(try untouched.claims["amr"]?.strings == ["email"])
        }
    }

    @Test("of another user, or meant for a sign-in, is none")
    func others() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let key = try await server.authenticator(of: ada)
            let stolen = try await server.authenticator(of: bob)
            let wrong = try stolen.authenticate(try await options(by: ada, server))
            #expect(try await prove(wrong, by: ada, server).error == "invalid_grant")
            let signIn = try key.authenticate(try await server.requestOptions())
            #expect(try await prove(signIn, by: ada, server).error == "invalid_grant")
            let login = try key.authenticate(try await options(by: ada, server))
            #expect(try await server.post("/api/v1/auth/passkey/login", login).error == "invalid_grant")
            #expect(try await server.number("SELECT COUNT(*) FROM grants WHERE proven_at IS NOT NULL") == 0)
            for body in [#"{"method":"passkey"}"#, #"{"method":"passkey","credential":{}}"#] {
                let answer = try await server.call(.post, "/api/v1/auth/step_up", body, by: ada)
                #expect(answer.error == "invalid_request", "\(answer.text)")
            }
        }
    }

    @Test("no factor is added or removed beside one that is there without a step-up: a mailbox alone opens nothing")
    func besideFactor() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let key = try await server.authenticator(of: ada)
            let listed = try await server.call(.get, "/api/v1/auth/passkeys", by: ada)
            let id = try #require(try listed.json["passkeys"]?.array?.first?.object?["id"]?.string)
            try await server.stepUp(by: key, of: ada)
            _ = try await server.enrol(ada)
            server.site.clock.advance(by: .seconds(300))
            let thief = try await server.login()
            for (method, path) in [
                (HTTPRequest.Method.post, "/api/v1/auth/passkey/register/challenge"),
                (.post, "/api/v1/auth/passkey/register"), (.delete, "/api/v1/auth/passkeys/\(id)"),
                (.post, "/api/v1/auth/totp"), (.delete, "/api/v1/auth/totp"),
            ] {
                let answer = try await server.call(method, path, "{}", by: thief)
                #expect(answer.status == .forbidden && answer.error == "step_up_required", "\(path): \(answer.text)")
            }
            #expect(try await server.call(.delete, "/api/v1/auth/passkeys/\(id)", by: ada).error == "step_up_required")
            let proof = try key.authenticate(try await options(by: ada, server))
            #expect(try await prove(proof, by: ada, server).status == .ok)
            _ = try await server.authenticator(of: ada)
            #expect(try await server.call(.delete, "/api/v1/auth/passkeys/\(id)", by: ada).status == .noContent)
        }
    }
}
