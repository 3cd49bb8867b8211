import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// The pages of authenticator apps and step-up, without a line of script.
struct AuthenticatorAppPagesTests {
    private func codes(_ page: Answer) -> [String] {
        page.text.split(separator: "<li><code>").dropFirst().map { String($0.prefix { $0 != "<" }) }
    }

    @Test("an app is set up on the account page; the recovery codes are shown once")
    func setup() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            try await browser.signIn("ada@example.org")
            #expect(try await browser.get("/account").text.contains("Set up an authenticator app"))
            let setup = try await browser.post("/account/totp")
            #expect(setup.status == .ok && setup.text.contains("otpauth://totp/"))
            let wrong = try await browser.post("/account/totp/confirm", ["code": "000000"])
            #expect(wrong.status == .badRequest && wrong.text.contains("The code is wrong"))
            let key = setup.text.value(after: "secret=")
            #expect(wrong.text.value(after: "secret=") == key, "the same secret is shown again")
            let app = try TestAuthenticator(secret: String(try #require(key).prefix { $0 != "&" }))
            let page = try await browser.post("/account/totp/confirm", ["code": app.code(at: server.now)])
            #expect(page.status == .ok && codes(page).count == 10)
            #expect(!page.text.contains("Codes from before"), "there were none")
            let account = try await browser.get("/account")
            #expect(account.text.contains("10 of 10 left"))
            for code in codes(page) { #expect(!account.text.contains(code)) }
            let late = try await browser.post("/account/totp/confirm", ["code": app.code(at: server.now)])
            #expect(late.status == .badRequest && late.text.contains("Begin again"))
        }
    }

    @Test("a form that takes a step-up asks in place, and goes on with what was sent")
    func goesOn() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            try await browser.signIn("ada@example.org")
            let (app, _) = try await browser.enrol()
            _ = try await browser.get("/account")
            let asked = try await browser.post("/account/totp/remove", ["note": #""><script>"#])
            #expect(asked.status == .forbidden && asked.text.contains("To remove your authenticator app"))
            #expect(asked.text.contains(#"<form method="post" action="/account/totp/remove">"#))
            #expect(asked.text.contains(#"<input type="hidden" name="note" value="&quot;&gt;&lt;script&gt;">"#))
            #expect(try await server.number("SELECT count(*) FROM totp_secrets") == 1)
            let wrong = try await browser.post(
                "/account/totp/remove", ["step_up_code": app.wrongCode(at: server.now), "note": "n"])
            #expect(wrong.status == .badRequest && wrong.text.contains(#"name="note" value="n""#))
            #expect(!wrong.text.contains(app.wrongCode(at: server.now)))
            let removed = try await browser.post("/account/totp/remove", ["step_up_code": app.code(at: server.now)])
            #expect(removed.headers[.location] == "/account?done=app-removed")
            #expect(try await server.number("SELECT count(*) FROM totp_secrets") == 0)
            #expect(try await browser.get("/account?done=app-removed").text.contains("was removed"))
        }
    }

    @Test("who has no second factor sets one up on the way, and is led back to what asked for it")
    func leadsBack() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let ada = try await server.admin()
            let id = try ada.organization.description
            let asked = try await browser.get("/step-up?return_to=%2Forganization%3Fid%3D\(id)")
            #expect(asked.text.contains("Set up a second factor first"))
            let back = "return_to=%2Forganization%3Fid%3D\(id)"
            #expect(asked.text.contains("href=\"/account?\(back)#second-factor\""))
            #expect(asked.text.contains("href=\"/account/passkeys/new?\(back)\""))
            let account = try await browser.get("/account?" + back)
            let field = "name=\"return_to\" value=\"/organization?id=\(id)\""
            #expect(account.text.contains(field))
            let form: KeyValuePairs = ["return_to": "/organization?id=\(id)"]
            let setup = try await browser.post("/account/totp", form)
            #expect(setup.text.contains(field))
            let wrong = try await browser.post(
                "/account/totp/confirm", ["code": "000000", "return_to": "/organization?id=\(id)"])
            #expect(wrong.status == .badRequest && wrong.text.contains(field))
            let key = try #require(setup.text.value(after: "secret=")?.prefix { $0 != "&" })
            let code = try TestAuthenticator(secret: String(key)).code(at: server.now)
            let kept = try await browser.post(
                "/account/totp/confirm", ["code": code, "return_to": "/organization?id=\(id)"])
            #expect(codes(kept).count == 10 && kept.text.contains("href=\"/organization?id=\(id)\""))
            #expect(try await browser.get("/organization?id=\(id)").status == .ok)
        }
    }

    @Test("no step of setting up leads to a place that is none of ours")
    func leadsNowhereElse() async throws {
        try await withServer { server in
            for path in [
                "https://evil.example/", "//evil.example", "/organization?x=//evil.example", "javascript:alert(1)",
            ] {
                let browser = TestBrowser(server)
                try await browser.signIn("ada\(path.utf8.count)@example.org")
                let account = try await browser.get("/account?return_to=\(formEncoded(path))")
                let setup = try await browser.post("/account/totp", ["return_to": path])
                let key = try #require(setup.text.value(after: "secret=")?.prefix { $0 != "&" })
                let code = try TestAuthenticator(secret: String(key)).code(at: server.now)
                let kept = try await browser.post("/account/totp/confirm", ["code": code, "return_to": path])
                for page in [account, setup, kept] {
                    #expect(page.status == .ok && !page.text.contains("evil") && !page.text.contains("javascript:"))
                }
            }
        }
    }

    @Test("a recovery code that was used has no next one: another is asked for")
    func usedRecoveryCode() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            try await browser.signIn("ada@example.org")
            let (_, page) = try await browser.enrol()
            let code = try #require(codes(page).first)
            _ = try await browser.get("/account")
            #expect(try await browser.post("/step-up", ["step_up_code": code]).status == .seeOther)
            server.site.clock.advance(by: .seconds(301))
            _ = try await browser.get("/step-up")
            let used = try await browser.post("/step-up", ["step_up_code": code])
            #expect(used.status == .badRequest && used.text.contains("each works once. Take another one"))
            #expect(!used.text.contains("Wait for the next"))
        }
    }

    @Test("within five minutes nothing is asked again in the same browser; in another it is")
    func remembered() async throws {
        try await withServer { server in
            let (browser, other) = (TestBrowser(server), TestBrowser(server))
            for one in [browser, other] { try await one.signIn("ada@example.org") }
            let (app, page) = try await browser.enrol()
            _ = try await browser.get("/account")
            #expect(try await browser.post("/account/totp/recovery-codes").status == .forbidden)
            let fresh = try await browser.post(
                "/account/totp/recovery-codes", ["step_up_code": app.code(at: server.now)])
            #expect(fresh.status == .ok && Set(codes(fresh)).isDisjoint(with: codes(page)))
            #expect(fresh.text.contains("Codes from before no longer work."))
            #expect(try await browser.post("/account/totp/recovery-codes").status == .ok)
            _ = try await other.get("/account")
            #expect(try await other.post("/account/totp/recovery-codes").status == .forbidden)
            server.site.clock.advance(by: .seconds(300))
            #expect(try await browser.post("/account/totp/recovery-codes").status == .forbidden)
        }
    }

    @Test("/step-up leads to sign in, asks, and leads back; who has no factor is led to the account")
    func page() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let stranger = try await browser.get("/step-up")
            #expect(stranger.headers[.location] == "/login?return_to=%2Fstep-up")
            try await browser.signIn("ada@example.org")
            let none = try await browser.get("/step-up")
            #expect(none.text.contains("Set up a second factor first") && !none.text.contains("step_up_code"))
            #expect(try await browser.post("/step-up", ["step_up_code": "123456"]).status == .badRequest)
            _ = try await browser.get("/account")
            let (app, _) = try await browser.enrol()
            let asked = try await browser.get("/step-up?return_to=%2Forganization%3Fid%3Dorg_1")
            #expect(asked.text.contains(#"name="return_to" value="/organization?id=org_1""#))
            let done = try await browser.post(
                "/step-up", ["return_to": "/organization?id=org_1", "step_up_code": app.code(at: server.now)])
            #expect(done.status == .seeOther && done.headers[.location] == "/organization?id=org_1")
            let again = try await browser.get("/step-up?return_to=%2Faccount")
            #expect(again.status == .seeOther && again.headers[.location] == "/account")
        }
    }

    @Test("a QR code is drawn as one path, its quiet zone around it")
    func drawing() {
        let drawing = QRDrawing([[true, true, false], [false, false, false], [true, false, true]])
        #expect(drawing.path == "M0 0h2v1h-2zM0 2h1v1h-1zM2 2h1v1h-1z")
        #expect(drawing.viewBox == "-4 -4 11 11")
    }
}
