import Database
import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// security.md, "API tokens and tenants": the raw request, the answer, and the state afterwards.
struct APITokenAttackTests {
    @Test("a token can make, show, rename, rotate and end no token, itself among them, nor act for a person anywhere")
    func managing() async throws {
        var options = TestSite.Options()
        options.limitsRates = false
        try await withServer(options) { server in
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            let jwt = try await server.exchange(try minted.secret).string("access_token")
            let taking = ["/api/v1/me", "/api/v1/scopes"]
            let routes = server.endpoints.routes.filter { $0.access == .bearer && !taking.contains($0.path) }
            #expect(routes.count > 20)
            let before = try await server.snapshot()
            for route in routes {
                let path = route.path.replacing("{id}", with: try minted.id)
                    .replacing("{user_id}", with: "x").replacing("{invitation_id}", with: "x")
                for token in [try minted.secret, jwt] {
                    var headers = HTTPFields.bearer(token)
                    headers[.contentType] = "application/json"
                    let body = #"{"label":"x","access":"full","name":"x"}"#
                    let answer = try await server.send(
                        route.method, path, headers: headers, body: route.method == .get ? nil : Array(body.utf8))
                    #expect(answer.status == .forbidden && answer.error == "forbidden", "\(route.method) \(route.path)")
                }
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("revoked, expired, rotated away, or with a right checksum and a wrong secret: 401 at once, everywhere")
    func dead() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let revoked = try await server.mint(by: ada)
            let jwt = try await server.exchange(try revoked.secret).string("access_token")
            #expect(try await server.get("/api/v1/me", headers: .bearer(jwt)).status == .ok)
            _ = try await server.call(.delete, try revoked.path, by: ada)
            let rotated = try await server.mint(by: ada)
            _ = try await server.call(.post, try rotated.path + "/rotate", "{}", by: ada)
            let short = try await server.mint(#"{"label":"x","access":"full","expires_in":60}"#, by: ada)
            let wrong = try await server.mint(by: ada)
            try await server.forgetCode(try wrong.id)
            server.site.clock.advance(by: .seconds(60))
            let before = try await server.snapshot()
            for token in [try revoked.secret, jwt, try rotated.secret, try short.secret, try wrong.secret] {
                for path in ["/api/v1/me", "/api/v1/scopes", "/api/v1/tokens"] {
                    let answer = try await server.get(path, headers: .bearer(token))
                    #expect(answer.status == .unauthorized && answer.error == "invalid_token", "\(path)")
                    #expect(answer.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
                }
                #expect(try await server.introspect(token) == ["active": .bool(false)])
                #expect(try await server.exchange(token).error == "invalid_request")
            }
            #expect(try await server.snapshot() == before)
            // Who has no right secret is not told that there is such a token.
            let unknown = try await server.get("/api/v1/me", headers: .bearer(try wrong.secret)).message
            let typed = try await server.get("/api/v1/me", headers: .bearer("lk_live_x")).message
            #expect(unknown == typed)
        }
    }

    @Test("each one-character change of a token is 401 and looked up nowhere")
    func changed() async throws {
        var options = TestSite.Options()
        options.limitsRates = false
        try await withServer(options) { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            for index in secret.indices {
                var text = secret
                text.replaceSubrange(index...index, with: secret[index] == "a" ? "b" : "a")
                let answer = try await server.get("/api/v1/me", headers: .bearer(text))
                #expect(answer.status == .unauthorized && answer.error == "invalid_token")
            }
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok)
        }
    }

    @Test("an API token is given back by no client: 400 says so, and it goes on working")
    func revocation() async throws {
        try await withServer { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            let answer = try await server.post(
                "/oauth/revoke", form: ["token": secret, "client_id": Client.commandLine])
            #expect(answer.status == .badRequest && answer.error == "unsupported_token_type")
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok)
        }
    }

    @Test("a list, a name or an error of one tenant tells another nothing of its tokens")
    func tenants() async throws {
        try await withServer { server in
            let (ada, eve) = (try await server.admin(), try await server.admin("eve@example.org"))
            let minted = try await server.mint(#"{"label":"Secret plan","access":"full"}"#, by: ada)
            let missing = "/api/v1/tokens/tok_0000000000001"
            for (method, suffix) in [
                (HTTPRequest.Method.get, ""), (.patch, ""), (.delete, ""), (.post, "/rotate"), (.get, "/usage"),
            ] {
                let body = method == .get ? nil : #"{"label":"x"}"#
                let there = try await server.call(method, try minted.path + suffix, body, by: eve)
                let nowhere = try await server.call(method, missing + suffix, body, by: eve)
                let nonsense = try await server.call(method, "/api/v1/tokens/nonsense" + suffix, body, by: eve)
                #expect([there, nowhere, nonsense].allSatisfy { $0.status == .notFound })
                #expect(there.message == nowhere.message && there.headerNames == nonsense.headerNames)
            }
            #expect(try await server.call(.get, "/api/v1/tokens", by: eve).text.contains("Secret plan") == false)
            #expect(try await server.get("/api/v1/me", headers: .bearer(try minted.secret)).status == .ok)
        }
    }
}

extension TestServer {
    /// Makes another secret the right one, past all rules.
    fileprivate func forgetCode(_ id: String) async throws {
        let id = try #require(APIToken.ID(id))
        _ = try await database.write { transaction in
            try transaction.run("UPDATE api_tokens SET code = X'00' WHERE id = ?", .integer(id.rawValue))
        }
    }
}
