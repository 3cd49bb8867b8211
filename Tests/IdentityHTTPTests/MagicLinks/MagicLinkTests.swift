import HTTPTypes
import Identity
import JOSE
import Testing

/// Magic links as they should go, in the API and in the browser.
struct MagicLinkTests {
    @Test("the API says that mail was sent, and takes the token or the code of the mail")
    func api() async throws {
        try await withServer { server in
            let asked = try await server.post("/api/v1/auth/magic_link", json: ["email": "ada@example.org"])
            #expect(asked.status == .accepted)
            #expect(asked.text == #"{"status":"sent","expires_in":600}"#)
            #expect(asked.headers[.cacheControl] == "no-store")
            let mail = try await server.mail(to: "ada@example.org")
            #expect(mail.message.subject == "Sign in to id.example.com")
            let answer = try await server.verify("ada@example.org", try mail.code)
            let tokens = try Tokens(answer)
            #expect(try answer.json["expires_in"]?.integer == 14_400)
            #expect(try tokens.claims["amr"]?.strings == ["email"])
            let again = try await server.verify("ada@example.org", try mail.code)
            #expect(again.status == .badRequest && again.error == "invalid_grant")
            let byToken = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token])
            #expect(byToken.status == .badRequest && byToken.error == "invalid_grant")
            #expect(try await server.number("SELECT count(*) FROM grants") == 1)
        }
    }

    @Test(
        "a proof is the token, or address and code: anything less is invalid_request",
        arguments: [
            "{}", #"{"email":"ada@example.org"}"#, #"{"code":"123456"}"#, #"{"email":"x","code":"123456"}"#,
            #"{"token":null}"#,
        ])
    func incompleteProof(_ json: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/api/v1/auth/magic_link/verify", jsonText: json)
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
        }
    }

    @Test("an application with a page of its own gets its link there, and only it redeems what it asked for")
    func applicationPage() async throws {
        try await withServer { server in
            try await server.register("app") { $0.magicLinkURI = "https://app.example/signed-in" }
            try await server.register("other")
            let mail = try await server.magicLinkOf(client: "app")
            #expect(try mail.link.hasPrefix("https://app.example/signed-in#token=lkm_"))
            let stolen = try await server.post(
                "/api/v1/auth/magic_link/verify", json: ["token": mail.token, "client_id": "other"])
            #expect(stolen.status == .badRequest && stolen.error == "invalid_grant")
            let own = try await server.post(
                "/api/v1/auth/magic_link/verify", json: ["token": mail.token, "client_id": "app"])
            #expect(try Tokens(own).claims["client_id"]?.string == "app")
        }
    }

    @Test("a confidential application redeems with its secret only")
    func confidentialApplication() async throws {
        try await withServer { server in
            try await server.register("vault", secret: "open sesame")
            let mail = try await server.magicLink("ada@example.org", headers: .basic("vault", "open sesame"))
            for headers: HTTPFields in [[:], .basic("vault", "wrong")] {
                let answer = try await server.post(
                    "/api/v1/auth/magic_link/verify", json: ["token": mail.token], headers: headers)
                #expect(answer.status == .unauthorized && answer.error == "invalid_client")
            }
            let named = try await server.post(
                "/api/v1/auth/magic_link", json: ["email": "ada@example.org", "client_id": "vault"])
            #expect(named.status == .unauthorized)
            let own = try await server.post(
                "/api/v1/auth/magic_link/verify", json: ["token": mail.token], headers: .basic("vault", "open sesame"))
            #expect(own.status == .ok)
        }
    }

    @Test("in the browser: ask, open the link in the same browser, be led on to where one was going")
    func browser() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let first = try await browser.get("/device?user_code=BCDF-GHJK")
            let login = try #require(first.headers[.location])
            let form = try await browser.get(login)
            #expect(form.text.contains("to approve a device"))
            let mail = try await browser.askForLink("ada@example.org", returnTo: "/device?user_code=BCDF-GHJK")
            _ = try await browser.get("/magic-link")
            let opened = try await browser.post("/magic-link/open", ["token": mail.token])
            #expect(opened.text.contains("Ready to sign in"))
            let done = try await browser.post("/magic-link", ["token": mail.token])
            #expect(done.status == .ok && done.text.contains("/device?user_code=BCDF-GHJK"))
            #expect(try await browser.isSignedIn)
            #expect(try await browser.get("/login").headers[.location] == "/")
        }
    }

    @Test("everyone joins with a workspace of their own; in closed mode nobody new is let in")
    func signUp() async throws {
        let site = try TestSite()
        try await site.run { server in
            let (ada, eve) = (try await server.login(), try await server.login("eve@example.org"))
            #expect(try ada.organization != eve.organization)
        }
        try await site.run(TestSite.Options(signUp: .closed)) { server in
            let known = try await server.login()
            #expect(!known.access.isEmpty)
            _ = try await server.post("/api/v1/auth/magic_link", json: ["email": "new@example.org"])
            #expect(try await server.deliveredMail().isEmpty)
            #expect(try await server.number("SELECT count(*) FROM users") == 2)
        }
    }
}
