import HTTPTypes
import Identity
import Testing

@testable import IdentityHTTP

/// security.md, "Sessions, CSRF, pages": forms are good in the browser that was given them, and nowhere else.
struct FormTokenTests {
    /// Everything that a form could change.
    private func state(_ server: TestServer) async throws -> [String: Int64] {
        var state = try await server.rowCounts()
        state["ended sessions"] = try await server.number("SELECT count(*) FROM sessions WHERE ended_at IS NOT NULL")
        state["living grants"] = try await server.livingGrants()
        state["waiting links"] = try await server.number("SELECT count(*) FROM magic_links WHERE state = 'waiting'")
        state["waiting devices"] = try await server.number(
            "SELECT count(*) FROM device_authorizations WHERE state = 'pending' AND session_id IS NULL")
        state["wrong codes"] = try await server.number(
            "SELECT count(*) FROM sessions WHERE wrong_user_codes > 0")
        return state
    }

    @Test("every form is refused without its token, with an altered one, and with that of another session")
    func everyForm() async throws {
        // So many forms from one address would be too many by themselves.
        try await withServer(TestSite.Options(limitsRates: false, isDevelopment: true)) { server in
            let login = try await server.login("ada@example.org")
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let device = try await server.device()
            let stranger = TestBrowser(server)
            let mail = try await stranger.askForLink("bob@example.org")
            let own = try #require(ada.formToken)
            let others = [try #require(eve.formToken), try #require(stranger.formToken)]
            let forms = server.endpoints.routes.filter(\.needsFormToken)
            #expect(forms.count >= 9)
            let fields =
                "&email=x@example.org&code=000000&token=\(formEncoded(try mail.token))&name=Mallory"
                + "&user_code=\(device.userCode)&decision=approve&organization=org_0000000000000"
                + "&id=\(try login.grant)"
            let before = try await state(server)
            for form in forms {
                for token in ["", "csrf=", "csrf=x", "csrf=\(own.dropLast())"] + others.map({ "csrf=\($0)" })
                    + [own.withEachCharacterChanged()[3]].map({ "csrf=\($0)" }) + ["csrf=\(own)&csrf=\(own)"]
                {
                    let answer = try await ada.postText(form.path, token + fields)
                    #expect(answer.status == .forbidden || answer.status == .badRequest, "\(form.path) \(token)")
                    #expect(answer.headers[.setCookie] == nil)
                }
            }
            #expect(try await state(server) == before)
            #expect(try await ada.isSignedIn)
        }
    }

    @Test("a cross-site post is refused even with the right token, and one without a cookie with any")
    func crossSite() async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let token = try #require(ada.formToken)
            let before = try await state(server)
            for form in server.endpoints.routes where form.needsFormToken {
                let cross = try await ada.post(
                    form.path, headers: [try #require(HTTPField.Name("Sec-Fetch-Site")): "cross-site"])
                #expect(cross.status == .forbidden, "\(form.path)")
                let bare = try await server.post(form.path, form: ["csrf": token])
                #expect(bare.status == .forbidden, "\(form.path)")
            }
            #expect(try await state(server) == before)
        }
    }

    @Test("login CSRF: another site cannot start a sign-in in this browser")
    func loginCSRF() async throws {
        try await withServer { server in
            let attacker = TestBrowser(server)
            _ = try await attacker.get("/login")
            let victim = TestBrowser(server)
            _ = try await victim.get("/login")
            let text = "csrf=\(try #require(attacker.formToken))&email=evil@example.org"
            #expect(try await victim.postText("/login", text).status == .forbidden)
            #expect(try await server.number("SELECT count(*) FROM magic_links") == 0)
        }
    }

    @Test("the form token changes with the session: one from before the login or after the logout is refused")
    func tokenBelongsToTheSession() async throws {
        try await withServer { server in
            let ada = TestBrowser(server)
            _ = try await ada.get("/login")
            let before = try #require(ada.formToken)
            try await ada.signIn("ada@example.org")
            let during = try #require(ada.formToken)
            #expect(before != during)
            #expect(try await ada.postText("/account/profile", "csrf=\(before)&name=Mallory").status == .forbidden)
            #expect(try await ada.post("/logout").status == .seeOther)
            _ = try await ada.get("/login")
            #expect(try await ada.postText("/login", "csrf=\(during)&email=a@example.org").status == .forbidden)
        }
    }

    @Test(
        "a form in another encoding is refused",
        arguments: ["text/plain", "application/json", "multipart/form-data; boundary=x", ""])
    func encodings(_ type: String) async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let answer = try await ada.post("/account/profile", ["name": "Mallory"], headers: [.contentType: type])
            #expect(answer.status == .badRequest)
            #expect(try await server.user("ada@example.org")?.name == "ada")
        }
    }

    @Test("GET changes nothing that a form changes")
    func getIsSafe() async throws {
        try await withServer { server in
            _ = try await server.login("ada@example.org")
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let before = try await state(server)
            for route in server.endpoints.routes where route.needsFormToken {
                _ = try await ada.get(route.path)
                _ = try await ada.get(route.path + "?csrf=\(ada.formToken ?? "")&decision=approve")
            }
            for route in server.endpoints.routes where route.method == .get {
                _ = try await ada.get(route.path)
                _ = try await ada.send(.head, route.path)
            }
            #expect(try await state(server) == before)
            #expect(try await ada.isSignedIn)
        }
    }
}
