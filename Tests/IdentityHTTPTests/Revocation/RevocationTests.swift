import Database
import HTTPTypes
import Identity
import Testing

/// Ending logins: RFC 7009, and the calls of a login about itself.
struct RevocationTests {
    private func revoke(
        _ server: TestServer, _ token: String, as client: String = Client.commandLine
    ) async throws -> Answer {
        try await server.post("/oauth/revoke", form: ["token": token, "client_id": client])
    }

    @Test("revoking a refresh token or an access token ends the login, and its tokens are dead at once")
    func revoke() async throws {
        try await withServer { server in
            for pick in [{ (tokens: Tokens) in tokens.refresh }, { $0.access }] {
                let login = try await server.login()
                let answer = try await revoke(server, pick(login))
                #expect(answer.status == .ok && answer.body.isEmpty)
                #expect(try await server.revocation(login.grant) == "revoked_by_client")
                #expect(try await server.refresh(login.refresh).error == "invalid_grant")
                #expect(try await server.me(login.access).status == .unauthorized)
            }
            #expect(try await server.events(.grantRevoked) == 2)
        }
    }

    @Test("a token of another client, an unknown one, or no token at all: the answer tells nothing, nothing ends")
    func foreignToken() async throws {
        try await withServer { server in
            try await server.register("b")
            let login = try await server.login()
            for token in [login.refresh, login.access, "lkr_nonsense", "nonsense"] {
                #expect(try await revoke(server, token, as: "b").status == .ok)
            }
            let missing = try await server.post("/oauth/revoke", form: ["client_id": Client.commandLine])
            #expect(missing.status == .badRequest && missing.error == "invalid_request")
            let nobody = try await server.post("/oauth/revoke", form: ["token": login.refresh])
            #expect(nobody.status == .unauthorized && nobody.error == "invalid_client")
            #expect(try await server.me(login.access).status == .ok)
            #expect(try await server.refresh(login.refresh).status == .ok)
        }
    }

    @Test("a confidential client's token is not ended by who only knows its name")
    func confidentialClient() async throws {
        try await withServer { server in
            try await server.register("vault", secret: "open sesame")
            let login = try await server.login("ada@example.org", client: "vault", secret: "open sesame")
            let answer = try await revoke(server, login.refresh, as: "vault")
            #expect(answer.status == .unauthorized && answer.error == "invalid_client")
            #expect(try await server.me(login.access).status == .ok)
        }
    }

    @Test("a spent refresh token still revokes: whoever holds it wants the login over")
    func spentToken() async throws {
        try await withServer { server in
            let login = try await server.login()
            let next = try Tokens(try await server.refresh(login.refresh))
            #expect(try await revoke(server, login.refresh).status == .ok)
            #expect(try await server.refresh(next.refresh).error == "invalid_grant")
        }
    }

    @Test("a revocation counts even while the user is disabled: enabled again, the login stays over")
    func whileDisabled() async throws {
        try await withServer { server in
            for pick in [{ (tokens: Tokens) in tokens.refresh }, { $0.access }] {
                let login = try await server.login()
                try await server.setDisabled(true, "ada@example.org")
                #expect(try await revoke(server, pick(login)).status == .ok)
                try await server.setDisabled(false, "ada@example.org")
                #expect(try await server.me(login.access).status == .unauthorized)
                #expect(try await server.refresh(login.refresh).error == "invalid_grant")
            }
        }
    }

    @Test("while the storage fails a revocation is 503, never a false 200, and the retry works (CVE-2020-15223)")
    func storageFailure() async throws {
        let site = try TestSite()
        let login = try await site.result { server -> Tokens in
            let login = try await server.login()
            try await server.database.close()
            for token in [login.refresh, login.access] {
                let answer = try await revoke(server, token)
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.error == "temporarily_unavailable")
                #expect(answer.headers[.retryAfter] != nil)
            }
            let logout = try await server.send(.delete, "/api/v1/auth/logout", headers: .bearer(login.access))
            #expect(logout.status == .serviceUnavailable)
            return login
        }
        try await site.run { server in
            let alive = try await server.me(login.access)
            #expect(alive.status == .ok)
            #expect(try await revoke(server, login.refresh).status == .ok)
            #expect(try await server.me(login.access).status == .unauthorized)
        }
    }

    @Test("revoke and logout of the API end the login of their token, or all of the user's")
    func ownLogin() async throws {
        try await withServer { server in
            let (first, second) = (try await server.login(), try await server.login())
            let answer = try await server.post("/api/v1/auth/revoke", jsonText: "", headers: .bearer(first.access))
            #expect(answer.status == .noContent && answer.body.isEmpty)
            #expect(try await server.me(first.access).status == .unauthorized)
            #expect(try await server.me(second.access).status == .ok)
            #expect(try await server.revocation(first.grant) == "signed_out")

            let third = try await server.login()
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let wrong = try await server.send(
                .delete, "/api/v1/auth/logout", headers: .bearer(second.access),
                body: Array(#"{"everywhere":"yes"}"#.utf8))
            #expect(wrong.status == .badRequest && wrong.error == "invalid_request")
            #expect(try #require(wrong.message).contains("everywhere"))
            #expect(try await server.me(second.access).status == .ok)
            let everywhere = try await server.send(
                .delete, "/api/v1/auth/logout", headers: .bearer(second.access),
                body: Array(#"{"everywhere":true}"#.utf8))
            #expect(everywhere.status == .noContent)
            #expect(try await server.me(third.access).status == .unauthorized)
            #expect(try await !browser.isSignedIn)
        }
    }

    @Test("a token made for a resource server tells of its own login and ends it, and can do nothing else here")
    func foreignAudience() async throws {
        try await withServer { server in
            let other = try await server.login()
            let device = try await server.device(["resource": "https://api.crewkeel.example"])
            let browser = try await server.browser(signedInAs: "ada@example.org")
            _ = try await browser.open(device)
            _ = try await browser.approve(device)
            let shown = try Tokens(try await server.poll(device))
            #expect(try await server.me(shown.access).status == .ok)
            for path in ["/api/v1/auth/organizations", "/api/v1/auth/sessions"] {
                #expect(try await server.get(path, headers: .bearer(shown.access)).status == .unauthorized)
            }
            let everywhere = try await server.post(
                "/api/v1/auth/revoke", jsonText: #"{"everywhere":true}"#, headers: .bearer(shown.access))
            #expect(everywhere.status == .unauthorized && everywhere.error == "invalid_token")
            #expect(try await server.me(other.access).status == .ok)
            let own = try await server.post("/api/v1/auth/revoke", jsonText: "", headers: .bearer(shown.access))
            #expect(own.status == .noContent)
            #expect(try await server.me(shown.access).status == .unauthorized)
            #expect(try await server.me(other.access).status == .ok)
        }
    }
}
