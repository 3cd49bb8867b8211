import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md, "Magic links and mail": what is done to links and their codes.
struct MagicLinkAttackTests {
    @Test("HEAD, GET and prefetch of the link spend nothing, even with the token in the query by mistake")
    func prefetch() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let mail = try await browser.askForLink("ada@example.org")
            let path = "/magic-link?token=\(try mail.token)"
            for method in [HTTPRequest.Method.head, .get] {
                let answer = try await server.send(method, path, headers: [.init("Purpose") ?? .date: "prefetch"])
                #expect(answer.status == .ok)
                #expect(try await browser.send(method, path).status == .ok)
            }
            #expect(try await server.linkStates() == ["waiting"])
            #expect(try await browser.post("/login/code", ["code": mail.code]).status == .seeOther)
            #expect(try await browser.isSignedIn)
        }
    }

    @Test("a scanner that runs script and presses every button without the asking browser's cookie spends nothing")
    func headlessScanner() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let mail = try await browser.askForLink("ada@example.org")
            let scanner = TestBrowser(server)
            _ = try await scanner.get("/magic-link")
            let opened = try await scanner.post("/magic-link/open", ["token": mail.token])
            #expect(opened.status == .ok)
            #expect(opened.text.contains("Was it you who asked?"))
            let pressed = try await scanner.post("/magic-link", ["token": mail.token])
            #expect(pressed.status == .badRequest)
            #expect(try await scanner.post("/magic-link", ["token": mail.token, "match": ""]).status == .badRequest)
            #expect(try await !scanner.isSignedIn)
            #expect(try await server.linkStates() == ["waiting"])

            _ = try await browser.get("/magic-link")
            #expect(try await browser.post("/magic-link", ["token": mail.token]).status == .ok)
            #expect(try await browser.isSignedIn)
        }
    }

    @Test("the link that an attacker asked for signs nobody in without the code of the asking tab")
    func loginFixation() async throws {
        try await withServer { server in
            let attacker = TestBrowser(server)
            let mail = try await attacker.askForLink("victim@example.org")
            let shown = try await attacker.get("/login/sent")
            let match = try #require(shown.text.value(after: #"<p class="digits">"#)?.prefix(2)).description
            let victim = TestBrowser(server)
            _ = try await victim.get("/magic-link")
            let wrong = match == "00" ? "01" : "00"
            #expect(try await victim.post("/magic-link", ["token": mail.token, "match": wrong]).status == .badRequest)
            #expect(try await attacker.get("/login/continue").headers[.location] == "/login/sent")
            #expect(try await !attacker.isSignedIn)
            #expect(try await !victim.isSignedIn)
            #expect(try await server.number("SELECT count(*) FROM sessions") == 0)
        }
    }

    @Test("with the match code the asking tab is signed in, not the one that opened the link")
    func matchCode() async throws {
        try await withServer { server in
            let asking = TestBrowser(server)
            let mail = try await asking.askForLink("ada@example.org", returnTo: "/account")
            let before = try asking.cookie
            let shown = try await asking.get("/login/sent")
            let match = try #require(shown.text.value(after: #"<p class="digits">"#)?.prefix(2)).description
            let phone = TestBrowser(server)
            _ = try await phone.get("/magic-link")
            #expect(try await asking.get("/login/status").string("state") == "waiting")
            #expect(try await phone.post("/magic-link", ["token": mail.token, "match": match]).status == .ok)
            #expect(try await !phone.isSignedIn)
            #expect(try await asking.get("/login/status").string("state") == "signed_in")
            let next = try await asking.get("/login/continue?return_to=%2Faccount")
            #expect(next.headers[.location] == "/account")
            #expect(try asking.cookie != before)
            #expect(try await asking.isSignedIn)
            // What was fixed before the login is worth nothing after it.
            #expect(try await !TestBrowser(server, cookies: ["__Host-latchkey": before]).isSignedIn)
            #expect(try await server.events(.magicLinkApproved) == 1)
        }
    }

    @Test("a link is good once: of 20 that press the button at once one browser session comes into being")
    func singleUse() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let mail = try await browser.askForLink("ada@example.org")
            let token = try mail.token
            _ = try await browser.get("/magic-link")
            let cookies = browser.cookies
            let form = "csrf=\(formEncoded(try #require(browser.formToken)))&token=\(formEncoded(token))"
            let answers = try await race(20) {
                try await TestBrowser(server, cookies: cookies).postText("/magic-link", form)
            }
            #expect(answers.filter { $0.status == .ok }.count == 1)
            #expect(try await server.number("SELECT count(*) FROM sessions") == 1)
            #expect(try await server.events(.magicLinkSpent) == 1)
        }
    }

    @Test("of 20 applications that redeem a link at once one gets tokens")
    func racingRedemptions() async throws {
        try await withServer { server in
            let mail = try await server.magicLink("ada@example.org")
            let token = try mail.token
            let answers = try await race(20) {
                try await server.post("/api/v1/auth/magic_link/verify", json: ["token": token])
            }
            #expect(answers.filter { $0.status == .ok }.count == 1)
            #expect(answers.filter { $0.error == "invalid_grant" }.count == 19)
            #expect(try await server.number("SELECT count(*) FROM grants") == 1)
        }
    }

    @Test("the newest link wins, and ten minutes end it")
    func newestWins() async throws {
        try await withServer { server in
            let first = try await server.magicLink("ada@example.org")
            let second = try await server.magicLink("ada@example.org")
            let old = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": first.token])
            #expect(old.status == .badRequest && old.error == "invalid_grant")
            server.site.clock.advance(by: MagicLink.lifetime - .seconds(1))
            let third = try await server.magicLink("eve@example.org")
            let new = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": second.token])
            #expect(new.status == .ok)
            server.site.clock.advance(by: MagicLink.lifetime)
            let late = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": third.token])
            #expect(late.status == .badRequest && late.error == "invalid_grant")
        }
    }

    @Test("after five wrong codes the right one fails too, from another address, after a restart, and by the link")
    func wrongCodes() async throws {
        let site = try TestSite()
        let mail = try await site.result { server -> ReceivedMail in
            let mail = try await server.magicLink("ada@example.org")
            for _ in 0..<5 {
                #expect(try await server.verify("ada@example.org", try mail.wrongCode).status == .badRequest)
            }
            #expect(try await server.linkStates() == ["locked"])
            #expect(try await server.events(.magicLinkLocked) == 1)
            return mail
        }
        try await site.run { server in
            let right = try await server.verify("ada@example.org", try mail.code)
            #expect(right.status == .badRequest && right.error == "invalid_grant")
            let elsewhere = try await server.provider.magicLinkSignIn.redeem(
                .code(try #require(EmailAddress("ada@example.org")), digits: mail.code), by: .unnamed, at: server.now,
                from: RequestOrigin(address: "203.0.113.9", agent: "other", requestID: "r"))
            guard case .failure(.locked) = elsewhere else {
                Issue.record("not locked")
                return
            }
            let link = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token])
            #expect(link.error == "invalid_grant")
            #expect(try await server.number("SELECT count(*) FROM grants") == 0)
        }
    }

    @Test("wrong codes and wrong match codes count together, in the browser too")
    func wrongCodesInBrowser() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let mail = try await browser.askForLink("ada@example.org")
            for _ in 0..<4 {
                #expect(try await browser.post("/login/code", ["code": mail.wrongCode]).status == .badRequest)
            }
            let other = TestBrowser(server)
            _ = try await other.get("/magic-link")
            _ = try await other.post("/magic-link", ["token": mail.token, "match": "xx"])
            #expect(try await server.linkStates() == ["locked"])
            _ = try await browser.post("/login/code", ["code": mail.code])
            #expect(try await !browser.isSignedIn)
            #expect(try await browser.get("/login/status").string("state") == "expired")
        }
    }

    @Test("of 50 guesses at once at most five are heard")
    func racingGuesses() async throws {
        try await withServer { server in
            let mail = try await server.magicLink("ada@example.org")
            let wrong = try mail.wrongCode
            _ = try await race(50) { try await server.verify("ada@example.org", wrong) }
            #expect(try await server.number("SELECT max(wrong_codes) FROM magic_links") == 5)
            #expect(try await server.verify("ada@example.org", try mail.code).error == "invalid_grant")
        }
    }

    @Test("asking for link after link does not buy more than twenty guesses a day at one address")
    func guessesOverManyLinks() async throws {
        try await withServer { server in
            for _ in 0..<4 {
                let mail = try await server.magicLink("ada@example.org")
                for _ in 0..<5 { _ = try await server.verify("ada@example.org", try mail.wrongCode) }
                server.site.clock.advance(by: .seconds(60))
            }
            let mail = try await server.magicLink("ada@example.org")
            let right = try await server.verify("ada@example.org", try mail.code)
            #expect(right.status == .badRequest && right.error == "invalid_grant")
            // The link itself cannot be guessed and still works, so nobody is shut out; others are not concerned.
            let link = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token])
            #expect(link.status == .ok)
            let other = try await server.magicLink("eve@example.org")
            #expect(try await server.verify("eve@example.org", try other.code).status == .ok)
            server.site.clock.advance(by: .seconds(86_400))
            let tomorrow = try await server.magicLink("ada@example.org")
            #expect(try await server.verify("ada@example.org", try tomorrow.code).status == .ok)
        }
    }

    @Test("a token altered in any one character finds no link")
    func alteredToken() async throws {
        try await withServer(TestSite.Options(limitsRates: false)) { server in
            let mail = try await server.magicLink("ada@example.org")
            for altered in try mail.token.withEachCharacterChanged() {
                let answer = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": altered])
                #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(altered)")
            }
            let right = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token])
            #expect(right.status == .ok)
        }
    }

    @Test("a disabled user is not signed in by a link from before, in the browser or the API")
    func disabledSince() async throws {
        try await withServer { server in
            _ = try await server.login("ada@example.org")
            let browser = TestBrowser(server)
            let asked = try await browser.askForLink("ada@example.org")
            try await server.setDisabled(true, "ada@example.org")
            _ = try await browser.post("/login/code", ["code": asked.code])
            #expect(try await !browser.isSignedIn)
            #expect(try await server.number("SELECT count(*) FROM sessions") == 0)
        }
    }
}

extension TestServer {
    func verify(_ email: String, _ code: String) async throws -> Answer {
        try await post("/api/v1/auth/magic_link/verify", json: ["email": email, "code": code])
    }
}
