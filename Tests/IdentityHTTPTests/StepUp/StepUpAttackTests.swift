import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// security.md, "Passkeys, TOTP, step-up": each attack as a raw request, with its answer and what it left behind.
struct StepUpAttackTests {
    /// Whether a call that takes a step-up is let in. It is made once a login has a proof, and undone by nobody.
    private func isLetIn(_ login: Tokens, _ server: TestServer) async throws -> Bool {
        let answer = try await server.call(.post, "/api/v1/auth/totp", by: login)
        if answer.status == .forbidden { #expect(answer.error == "step_up_required") }
        return answer.status == .created
    }

    @Test("the same code twice, in the next step, and on another node is refused")
    func replay() async throws {
        let site = try TestSite()
        try await site.run { server in
            let (ada, again) = (try await server.login(), try await server.login())
            let (app, _) = try await server.enrol(ada)
            let code = app.code(at: server.now)
            #expect(try await server.stepUp(code, by: ada).status == .ok)
            for login in [ada, again] { #expect(try await server.stepUp(code, by: login).error == "invalid_grant") }
            server.site.clock.advance(by: .seconds(30))
            #expect(try await server.stepUp(code, by: again).error == "invalid_grant")
            #expect(try await server.events(.stepUpProven) == 1)
            #expect(try await !isLetIn(again, server))
        }
    }

    @Test("two nodes that are sent one code at once accept it once")
    func twoNodes() async throws {
        let site = try TestSite()
        guard site.engine == .postgresql else { return }
        try await site.run { first in
            let ada = try await first.login()
            let (app, _) = try await first.enrol(ada)
            let code = app.code(at: first.now)
            try await first.site.run { second in
                let answers = try await race(20) { index in
                    try await (index % 2 == 0 ? first : second).stepUp(code, by: ada).status
                }
                #expect(answers.count { $0 == .ok } == 1)
                #expect(answers.count { $0 == .badRequest } == 19)
                #expect(try await second.events(.stepUpProven) == 1)
            }
        }
    }

    @Test("the sixth code after five wrong ones is refused whatever it is and by whatever route, until the pause ends")
    func guessing() async throws {
        try await withServer { server in
            let (ada, again) = (try await server.login(), try await server.login())
            let (app, codes) = try await server.enrol(ada)
            let browser = TestBrowser(server)
            try await browser.signIn("ada@example.org")
            let wrong = app.wrongCode(at: server.now)
            for (login, method) in [(ada, "totp"), (again, "recovery_code"), (again, "totp")] {
                let answer = try await server.stepUp(wrong, method, by: login)
                #expect(answer.status == .badRequest && answer.error == "invalid_grant")
            }
            for path in ["/step-up", "/account/totp/remove"] {
                #expect(try await browser.post(path, ["step_up_code": wrong]).status == .badRequest)
            }
            let pause = 900
            for (code, method) in [(app.code(at: server.now), "totp"), (codes[0], "recovery_code"), (wrong, "totp")] {
                for login in [ada, again] {
                    let answer = try await server.stepUp(code, method, by: login)
                    #expect(answer.status == .tooManyRequests && answer.error == "step_up_locked")
                    let wait = try #require(answer.headers[.retryAfter].flatMap { Int($0) })
                    #expect(wait > pause - 60 && wait <= pause)
                }
            }
            let right = app.code(at: server.now)
            let confirm = try await server.call(
                .post, "/api/v1/auth/totp/confirm", #"{"code":"\#(right)"}"#, by: ada)
            #expect(confirm.status == .tooManyRequests)
            for path in ["/step-up", "/account/totp", "/account/totp/recovery-codes", "/account/totp/remove"] {
                let page = try await browser.post(path, ["step_up_code": right])
                #expect(page.status == .tooManyRequests && page.text.contains("Too many wrong codes"), "\(path)")
                #expect(!page.text.contains("name=\"step_up_code\""))
            }
            #expect(try await server.events(.stepUpLocked) == 1)
            #expect(try await server.events(.stepUpProven) == 0)
            #expect(try await server.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL") == 0)
            server.site.clock.advance(by: .seconds(900))
            #expect(try await server.stepUp(app.code(at: server.now), by: ada).status == .ok)
        }
    }

    @Test("a hundred wrong codes at once are five guesses")
    func parallelGuesses() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let (app, _) = try await server.enrol(ada)
            let wrong = app.wrongCode(at: server.now)
            let answers = try await race(100) { try await server.stepUp(wrong, by: ada).status }
            #expect(answers.count { $0 == .badRequest } == 5)
            #expect(answers.count { $0 == .tooManyRequests } == 95)
        }
    }

    @Test("a fresh magic link, an old proof, a proof of another login and of another user are none")
    func notAProof() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let (app, codes) = try await server.enrol(ada)
            #expect(try await !isLetIn(ada, server))
            let fresh = try await server.login()
            #expect(try await !isLetIn(fresh, server), "a magic link of this minute")
            let link = try await server.magicLink("ada@example.org")
            for code in [try link.code, try link.token] {
                for method in ["totp", "recovery_code"] {
                    #expect(try await server.stepUp(code, method, by: fresh).error == "invalid_grant")
                }
            }
            #expect(try await server.stepUp(app.code(at: server.now), by: ada).status == .ok)
            #expect(try await !isLetIn(fresh, server), "a proof of another login of hers")
            #expect(try await isLetIn(ada, server))
            server.site.clock.advance(by: .seconds(300))
            #expect(try await !isLetIn(ada, server), "a proof of five minutes ago")
            let renewed = try Tokens(try await server.refresh(ada.refresh))
            #expect(try await !isLetIn(renewed, server), "refreshing renews no proof")

            let eve = try await server.login("eve@example.org")
            let (others, _) = try await server.enrol(eve)
            #expect(try await server.stepUp(others.code(at: server.now), by: ada).error == "invalid_grant")
            #expect(try await server.stepUp(codes[0], "recovery_code", by: eve).error == "invalid_grant")
            #expect(try await server.stepUp(others.code(at: server.now), by: eve).status == .ok)
            #expect(try await !isLetIn(renewed, server), "a proof of another user")
        }
    }

    @Test("a proof in a browser is none for a terminal, nor the other way round, but for the login that is named")
    func browserAndTerminal() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let (app, codes) = try await server.enrol(ada)
            let browser = TestBrowser(server)
            try await browser.signIn("ada@example.org")
            #expect(try await browser.post("/step-up", ["step_up_code": codes[0]]).status == .seeOther)
            #expect(try await !isLetIn(ada, server))
            let other = try await server.login()
            let named = "/step-up?grant=\(try ada.grant)"
            let page = try await browser.get(named)
            #expect(page.status == .ok && page.text.contains("asks for a second factor"))
            let done = try await browser.post(
                "/step-up", ["grant": try ada.grant.description, "step_up_code": app.code(at: server.now)])
            #expect(done.status == .ok && done.text.contains("Go back to it"))
            #expect(try await isLetIn(ada, server))
            #expect(try await !isLetIn(other, server))
        }
    }

    @Test("the login of another person can be neither seen nor stepped up by its name")
    func othersGrant() async throws {
        try await withServer { server in
            let (ada, eve) = (try await server.login(), try await server.login("eve@example.org"))
            let (app, _) = try await server.enrol(eve)
            let browser = TestBrowser(server)
            try await browser.signIn("eve@example.org")
            let grant = try ada.grant.description
            for name in [grant, "grt_0000000000000", "x", "' OR 1=1"] {
                #expect(try await browser.get("/step-up?grant=\(formEncoded(name))").status == .notFound)
                let answer = try await browser.post(
                    "/step-up", ["grant": name, "step_up_code": app.code(at: server.now)])
                #expect(answer.status == .notFound)
            }
            #expect(try await server.number("SELECT count(*) FROM grants WHERE proof IS NOT NULL") == 0)
            #expect(try await server.number("SELECT count(*) FROM sessions WHERE proof IS NOT NULL") == 0)
        }
    }

    @Test(
        "after a step-up one is led to a page of ours alone",
        arguments: [
            "//evil.example", "/\\evil.example", "/%09/evil", "https:evil", "javascript:alert(1)",
            "/account/../..//evil",
        ])
    func returnTo(path: String) async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            try await browser.signIn("ada@example.org")
            let (app, _) = try await browser.enrol()
            _ = try await browser.get("/step-up?return_to=\(formEncoded(path))")
            let answer = try await browser.post(
                "/step-up", ["return_to": path, "step_up_code": app.code(at: server.now)])
            #expect(answer.status == .seeOther && answer.headers[.location] == "/")
        }
    }

    @Test("an enrolment that nobody confirmed replaces nothing, and one needs a step-up where an app is")
    func takeover() async throws {
        try await withServer { server in
            let (ada, thief) = (try await server.login(), try await server.login())
            let (app, _) = try await server.enrol(ada)
            let refused = try await server.call(.post, "/api/v1/auth/totp", by: thief)
            #expect(refused.error == "step_up_required")
            #expect(!refused.text.contains("secret"))
            let confirm = try await server.call(
                .post, "/api/v1/auth/totp/confirm", #"{"code":"\#(app.code(at: server.now))"}"#, by: thief)
            #expect(confirm.error == "invalid_grant" && confirm.status == .badRequest)
            #expect(try await server.call(.delete, "/api/v1/auth/totp", by: thief).error == "step_up_required")
            #expect(try await server.stepUp(app.code(at: server.now), by: ada).status == .ok)
            let begun = try await server.call(.post, "/api/v1/auth/totp", by: ada)
            #expect(begun.status == .created)
            server.site.clock.advance(by: .seconds(30))
            #expect(try await server.stepUp(app.code(at: server.now), by: ada).status == .ok, "the old app is good")
            let new = try TestAuthenticator(secret: begun.string("secret"))
            #expect(try await server.stepUp(new.code(at: server.now), by: ada).error == "invalid_grant")
        }
    }

    @Test("a user who is disabled, and a login that was ended, cannot show anything")
    func ended() async throws {
        try await withServer { server in
            let (ada, other) = (try await server.login(), try await server.login())
            let (app, _) = try await server.enrol(ada)
            _ = try await server.call(.delete, "/api/v1/auth/sessions/\(try ada.grant)", by: other)
            #expect(try await server.stepUp(app.code(at: server.now), by: ada).status == .unauthorized)
            try await server.setDisabled(true, "ada@example.org")
            #expect(try await server.stepUp(app.code(at: server.now), by: other).status == .unauthorized)
            #expect(try await server.events(.stepUpProven) == 0)
        }
    }
}
