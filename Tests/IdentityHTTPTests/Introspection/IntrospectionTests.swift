import HTTPTypes
import Identity
import JOSE
import Testing

/// `POST /oauth/introspect` (RFC 7662).
struct IntrospectionTests {
    private func introspect(_ server: TestServer, _ token: String) async throws -> Answer {
        try await server.post(
            "/oauth/introspect", form: ["token": token], headers: .basic("resource", "its secret"))
    }

    @Test("a living token is told with its claims, and nothing keeps the answer")
    func active() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let access = try await introspect(server, login.access)
            #expect(access.status == .ok && access.headers[.cacheControl] == "no-store")
            let json = try access.json
            #expect(json["active"]?.bool == true && json["token_type"]?.string == "Bearer")
            for name in ["iss", "sub", "aud", "client_id", "exp", "iat", "jti", "scope", "sid", "org"] {
                #expect(try json[name] == login.claims[name], "\(name)")
            }
            let refresh = try await introspect(server, login.refresh)
            #expect(try refresh.json["active"]?.bool == true)
            #expect(try refresh.json["token_type"]?.string == "refresh_token")
            #expect(try await server.generation(login.grant) == 1)
        }
    }

    @Test("revoked, spent, foreign, expired and disabled are all the same: inactive, and no more")
    func inactive() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let revoked = try await server.login()
            _ = try await server.post("/api/v1/auth/revoke", jsonText: "", headers: .bearer(revoked.access))
            let spent = try await server.login()
            _ = try await server.refresh(spent.refresh)
            let disabled = try await server.login("eve@example.org")
            try await server.setDisabled(true, "eve@example.org")
            let device = try await server.device()
            for token in [
                revoked.access, revoked.refresh, spent.refresh, disabled.access, disabled.refresh, "nonsense",
                "lkr_", device.deviceCode, device.userCode,
            ] {
                #expect(try await introspect(server, token).text == #"{"active":false}"#)
            }
            // Being looked at is not being used: a spent token shown here ends nothing.
            #expect(try await server.revocation(spent.grant) == nil)
        }
    }

    @Test("strangers, public clients and wrong secrets learn nothing")
    func strangers() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let missing = try await server.post("/oauth/introspect", form: ["token": login.access])
            let named = try await server.post(
                "/oauth/introspect", form: ["token": login.access, "client_id": Client.commandLine])
            let wrong = try await server.post(
                "/oauth/introspect", form: ["token": login.access], headers: .basic("resource", "wrong"))
            for answer in [missing, named, wrong] {
                #expect(answer.status == .unauthorized && answer.error == "invalid_client")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Basic ") == true)
            }
            let revoked = try await server.login()
            _ = try await server.post("/api/v1/auth/revoke", jsonText: "", headers: .bearer(revoked.access))
            let dead = try await server.post(
                "/oauth/introspect", form: ["token": login.access], headers: .bearer(revoked.access))
            #expect(dead.status == .unauthorized && dead.error == "invalid_token")
        }
    }
}
