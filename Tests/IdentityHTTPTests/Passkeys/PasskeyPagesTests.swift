import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

/// The pages of passkeys, with what their script sends.
struct PasskeyPagesTests {
    @Test(
        "a passkey is added on its page, signs in by the sign-in page, and is renamed and removed on the account page")
    func wholeLife() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            #expect(try await browser.get("/").text.contains("/account/passkeys/new?return_to=%2F\""))
            var key = try SoftwareAuthenticator()
            let added = try await browser.addPasskey(&key, name: "Laptop <b>")
            #expect(added.headers[.location] == "/account?done=passkey-added")
            let account = try await browser.get("/account?done=passkey-added")
            #expect(account.text.contains("The passkey was added.") && account.text.contains("Laptop &lt;b&gt;"))
            #expect(try await !browser.get("/").text.contains("/account/passkeys/new"))

            let other = TestBrowser(server)
            let signedIn = try await other.signIn(by: key, returnTo: "/device?user_code=BCDF-GHJK")
            #expect(signedIn.status == .seeOther)
            #expect(signedIn.headers[.location] == "/device?user_code=BCDF-GHJK")
            #expect(try await other.isSignedIn)

            let id = try #require(try await browser.get("/account").text.value(after: #"name="id" value="pky_"#))
            let renamed = try await browser.post("/account/passkeys/rename", ["id": "pky_" + id, "name": "Phone"])
            #expect(renamed.headers[.location] == "/account?done=saved")
            #expect(try await browser.get("/account").text.contains("Phone"))
            let unnamed = try await browser.post("/account/passkeys/rename", ["id": "pky_" + id, "name": ""])
            #expect(unnamed.status == .badRequest && unnamed.text.contains("1 to 100 characters"))
            let asked = try await browser.post("/account/passkeys/remove", ["id": "pky_" + id])
            #expect(asked.status == .forbidden && asked.text.contains("To remove a passkey, show your second factor."))
            #expect(try await server.number("SELECT COUNT(*) FROM passkeys") == 1)
            try await browser.stepUp(by: key)
            let removed = try await browser.post("/account/passkeys/remove", ["id": "pky_" + id])
            #expect(removed.headers[.location] == "/account?done=passkey-removed")
            #expect(try await TestBrowser(server).signIn(by: key).text.contains("is not known here"))
        }
    }

    @Test("signing in gives the browser another cookie than it had, and leads to no place but ours")
    func fixation() async throws {
        try await withServer { server in
            let key = try await server.authenticator(of: try await server.login())
            let browser = TestBrowser(server)
            _ = try await browser.get("/login")
            let before = try browser.cookie
            let answer = try await browser.signIn(by: key, returnTo: "//evil.example")
            #expect(answer.headers[.location] == "/")
            #expect(try browser.cookie != before)
            #expect(
                try await server.get("/account", headers: [.cookie: "__Host-latchkey=\(before)"]).status == .seeOther)
        }
    }

    @Test("the sign-in page takes passkeys in the field of the address, by a script of its own and no inline one")
    func markup() async throws {
        try await withServer { server in
            let page = try await TestBrowser(server).get("/login")
            #expect(page.text.contains(#"autocomplete="username webauthn""#))
            #expect(page.text.contains(#"<script src="/assets/passkeys.js" defer></script>"#))
            #expect(page.text.contains(#"data-origin="https://id.example.com""#))
            #expect(
                !page.text.contains("<script>") && page.headers[.contentSecurityPolicy]?.contains("unsafe") == false)
            let script = try await server.get("/assets/passkeys.js")
            #expect(script.status == .ok && script.headers[.contentType] == "text/javascript; charset=utf-8")
        }
    }

    @Test("after a magic link the page offers a passkey to who has none")
    func offer() async throws {
        try await withServer { server in
            var key = try SoftwareAuthenticator()
            for hasPasskey in [false, true] {
                let browser = TestBrowser(server)
                let mail = try await browser.askForLink("ada@example.org", returnTo: "/device")
                _ = try await browser.get("/magic-link")
                let done = try await browser.post("/magic-link", ["token": mail.token])
                let offer = "/account/passkeys/new?return_to=%2Fdevice"
                #expect(done.text.contains(offer) == !hasPasskey, "\(done.text)")
                if hasPasskey {
                    #expect(try await browser.get(offer).headers[.location]?.hasPrefix("/step-up?") == true)
                    try await browser.stepUp(by: key)
                }
                let page = try await browser.get(offer)
                #expect(page.status == .ok && page.text.contains(#"href="/device">Not now"#))
                #expect(page.text.contains("A second one") == hasPasskey)
                #expect(page.text.contains(#"name="return_to" value="/device""#))
                guard !hasPasskey else { continue }
                let added = try await browser.addPasskey(&key, returnTo: "/device")
                #expect(added.headers[.location] == "/device", "on with what was asked")
            }
        }
    }

    @Test("a refused passkey is told on the page that asked for it, and a challenge in JSON")
    func refusals() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            var key = try SoftwareAuthenticator()
            let wrong = try await browser.addPasskey(&key, name: "Kept", Saying { $0.flags = 0x01 })
            #expect(wrong.status == .badRequest && wrong.text.contains("did not check who you are"))
            #expect(wrong.text.contains(#"value="Kept""#))
            #expect(try await browser.addPasskey(&key).status == .seeOther)
            try await browser.stepUp(by: key)
            let twice = try await browser.addPasskey(&key)
            #expect(twice.status == .conflict && twice.text.contains("registered already"))
            for _ in 1..<Passkey.maximumPerUser {
                var more = try SoftwareAuthenticator()
                _ = try await browser.addPasskey(&more)
            }
            let full = try await browser.post("/account/passkeys/challenge")
            #expect(full.status == .conflict && full.error == "limit_reached")
            #expect(full.message?.contains("Remove one first") == true)
        }
    }

    @Test("a copy of a passkey is warned of on the account page")
    func copies() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            var key = try SoftwareAuthenticator()
            _ = try await browser.addPasskey(&key, Saying { $0.signCount = 9 })
            #expect(try await !browser.get("/account").text.contains("a copy of this passkey"))
            let copied = try await TestBrowser(server).signIn(by: key, Saying { $0.signCount = 8 })
            #expect(copied.status == .badRequest && copied.text.contains("a copy of it"))
            #expect(try await browser.get("/account").text.contains("a copy of this passkey"))
        }
    }

    @Test("without script the page for a passkey says so, and mail still signs in")
    func withoutScript() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            #expect(try await browser.get("/account/passkeys/new").text.contains("<noscript>"))
        }
    }
}
