import Database
import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

/// The calls of passkeys as they should go.
struct PasskeyTests {
    @Test("a login makes a passkey, and the passkey makes a login, without an address")
    func registerAndLogin() async throws {
        try await withServer { server in
            let login = try await server.login()
            let options = try await server.creationOptions(by: login)
            #expect(options["rp"]?.object?["id"]?.string == "id.example.com")
            #expect(options["challenge"]?.string.flatMap { Base64URL.decode($0) }?.count == 32)
            var key = try SoftwareAuthenticator()
            let made = try await server.post(
                "/api/v1/auth/passkey/register", key.register(options), headers: .bearer(login.access))
            #expect(made.status == .created, "\(made.text)")
            #expect(try made.string("name") == "Passkey")
            #expect(try made.string("id").hasPrefix("pky_"))
            #expect(try made.json["last_used_at"] == .null)

            let request = try await server.requestOptions()
            #expect(
                request.members.map(\.name) == ["challenge", "timeout", "rpId", "allowCredentials", "userVerification"])
            #expect(request["allowCredentials"]?.array == [] && request["timeout"]?.integer == 300_000)
            server.site.clock.advance(by: .seconds(60))
            let answer = try await server.post("/api/v1/auth/passkey/login", try key.authenticate(request))
            #expect(answer.headers[.cacheControl] == "no-store")
            let tokens = try Tokens(answer)
            #expect(try tokens.user == login.user)
            #expect(try tokens.claims["amr"]?.strings == ["hwk", "user", "mfa"])
            #expect(try tokens.claims["client_id"]?.string == Client.commandLine)
            let times = try [login, tokens].map { try #require(try $0.claims["auth_time"]?.integer) }
            #expect(times[1] >= times[0] + 60)
            #expect(try await server.me(tokens.access).status == .ok)
            _ = try Tokens(try await server.refresh(tokens.refresh))
        }
    }

    @Test("the credential may stand in the member credential, and a name beside it")
    func envelope() async throws {
        try await withServer { server in
            let login = try await server.login()
            var key = try SoftwareAuthenticator()
            let response = key.register(try await server.creationOptions(by: login))
            let made = try await server.post(
                "/api/v1/auth/passkey/register",
                .object(["credential": response, "name": .string(" Work laptop ")]), headers: .bearer(login.access))
            #expect(made.status == .created)
            #expect(try made.string("name") == "Work laptop")
            let request = try key.authenticate(try await server.requestOptions())
            _ = try Tokens(try await server.post("/api/v1/auth/passkey/login", .object(["credential": request])))
        }
    }

    @Test("passkeys are listed, renamed and removed")
    func manage() async throws {
        try await withServer { server in
            let login = try await server.login()
            let empty = try await server.call(.get, "/api/v1/auth/passkeys", by: login)
            #expect(empty.text == #"{"passkeys":[]}"#)
            let key = try await server.authenticator(of: login, Saying { $0.flags = 0x1D })
            _ = try Tokens(try await server.login(by: key, Saying { $0.flags = 0x1D }))
            let listed = try await server.call(.get, "/api/v1/auth/passkeys", by: login)
            let passkey = try #require(try listed.json["passkeys"]?.array?.first?.object)
            #expect(passkey["backed_up"]?.bool == true && passkey["backup_eligible"]?.bool == true)
            #expect(passkey["transports"]?.strings == ["hybrid", "internal"])
            #expect(passkey["credential_id"]?.string == Base64URL.encode(key.credentialID))
            #expect(passkey["last_used_at"]?.string != nil && passkey["counter_regressed_at"] == .null)
            let path = "/api/v1/auth/passkeys/\(passkey["id"]?.string ?? "")"
            let renamed = try await server.call(.patch, path, #"{"name":"Phone"}"#, by: login)
            #expect(renamed.status == .ok)
            #expect(try renamed.string("name") == "Phone")
            for body in ["{}", #"{"name":""}"#, #"{"name":7}"#, #"{"name":"a\nb"}"#] {
                #expect(try await server.call(.patch, path, body, by: login).error == "invalid_request")
            }
            let hasty = try await server.call(.delete, path, by: login)
            #expect(hasty.status == .forbidden && hasty.error == "step_up_required")
            try await server.stepUp(by: key, of: login, Saying { $0.flags = 0x1D })
            #expect(try await server.call(.delete, path, by: login).status == .noContent)
            #expect(try await server.call(.delete, path, by: login).status == .notFound)
            #expect(try await server.login(by: key, Saying { $0.flags = 0x1D }).error == "invalid_grant")
            #expect(try await server.events(.passkeyRemoved) == 1)
        }
    }

    @Test("the last way in is not removed")
    func lastWayIn() async throws {
        try await withServer { server in
            let login = try await server.login()
            let key = try await server.authenticator(of: login)
            try await server.stepUp(by: key, of: login)
            _ = try await server.database.write { try $0.run("UPDATE users SET verified_at = NULL") }
            let listed = try await server.call(.get, "/api/v1/auth/passkeys", by: login)
            let id = try #require(try listed.json["passkeys"]?.array?.first?.object?["id"]?.string)
            let refused = try await server.call(.delete, "/api/v1/auth/passkeys/\(id)", by: login)
            #expect(refused.status == .conflict && refused.error == "last_way_in")
            #expect(try await server.number("SELECT COUNT(*) FROM passkeys") == 1)
        }
    }

    @Test("a repeated registration with the same Idempotency-Key gives the same passkey, and one only")
    func idempotency() async throws {
        try await withServer { server in
            let login = try await server.login()
            var key = try SoftwareAuthenticator()
            let response = key.register(try await server.creationOptions(by: login))
            let body = String(decoding: response.serialized(), as: UTF8.self)
            let first = try await server.call(.post, "/api/v1/auth/passkey/register", body, by: login, key: "once")
            let again = try await server.call(.post, "/api/v1/auth/passkey/register", body, by: login, key: "once")
            #expect(first.status == .created && again.status == .created && first.text == again.text)
            #expect(try await server.number("SELECT COUNT(*) FROM passkeys") == 1)
        }
    }

    @Test("a server whose address can have no passkeys says so, and offers none")
    func unavailable() async throws {
        var options = TestSite.Options()
        options.issuer = "http://127.0.0.1:8080"
        try await withServer(options) { server in
            let login = try await server.login()
            for (path, headers) in [
                ("/api/v1/auth/passkey/login/challenge", HTTPFields()),
                ("/api/v1/auth/passkey/register/challenge", .bearer(login.access)),
            ] {
                let answer = try await server.post(path, jsonText: "{}", headers: headers)
                #expect(answer.status == .notFound && answer.error == "passkeys_unavailable")
                #expect(answer.message?.contains("host name") == true)
            }
            let page = try await TestBrowser(server).get("/login")
            #expect(!page.text.contains("passkey") && page.text.contains(#"autocomplete="username""#))
        }
    }
}
