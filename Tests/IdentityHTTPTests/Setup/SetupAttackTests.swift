import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// The setup link under attack: whoever claims it owns the server.
struct SetupAttackTests {
    private let closed = TestSite.Options(signUp: .closed)

    private func token(_ server: TestServer) async throws -> String {
        try #require(try await server.provider.setup.issue(at: server.now)).text
    }

    /// A browser that has opened the link, and may claim it.
    private func opened(_ token: String, _ server: TestServer) async throws -> TestBrowser {
        let browser = TestBrowser(server)
        _ = try await browser.get("/setup")
        let page = try await browser.post("/setup/open", ["token": token])
        try #require(page.status == .ok, "\(page.text)")
        return browser
    }

    private func claim(_ token: String, _ browser: TestBrowser, email: String = "ada@example.org") async throws
        -> Answer
    {
        try await browser.post(
            "/setup", ["token": token, "name": "Ada", "email": email, "organization": "Engines", "slug": ""])
    }

    private func users(_ server: TestServer) async throws -> Int64 {
        try await server.number("SELECT count(*) FROM users")
    }

    @Test("the link leads to a form, and the form to an owner who is signed in")
    func wayIn() async throws {
        try await withServer(closed) { server in
            let token = try await token(server)
            let browser = try await opened(token, server)
            let before = try browser.cookie
            let answer = try await claim(token, browser)
            #expect(answer.status == .ok, "\(answer.text)")
            #expect(answer.text.contains("ada@example.org") && answer.text.contains("Engines"))
            #expect(try browser.cookie != before, "a session begins with a cookie of its own")
            #expect(try await browser.isSignedIn)
            #expect(try await server.events(.setupLinkClaimed) == 1)
            #expect(!answer.text.contains(token))
        }
    }

    @Test("looking spends nothing: GET, HEAD, the token in the query, and opening it in ten browsers")
    func looking() async throws {
        try await withServer(closed) { server in
            let token = try await token(server)
            for path in ["/setup", "/setup?token=\(token)", "/setup/open?token=\(token)"] {
                _ = try await server.get(path)
                _ = try await server.send(.head, path)
            }
            for _ in 0..<10 { _ = try await opened(token, server) }
            #expect(try await users(server) == 0)
            let page = try await server.get("/setup?token=\(token)")
            #expect(!page.text.contains(token))
            #expect(try await claim(token, opened(token, server)).status == .ok)
        }
    }

    @Test("a form without the form token of its own browser does nothing")
    func forgery() async throws {
        try await withServer(closed) { server in
            let token = try await token(server)
            let victim = try await opened(token, server)
            let other = try await opened(token, server)
            let fields = "token=\(token)&name=Eve&email=eve%40example.org&organization=Evil"
            let foreign = try #require(other.formToken)
            for csrf in ["", "csrf=&", "csrf=\(formEncoded(foreign))&"] {
                for path in ["/setup", "/setup/open"] {
                    #expect(try await victim.postText(path, csrf + fields).status == .forbidden)
                }
            }
            let crossSite: HTTPFields = [try #require(HTTPField.Name("Sec-Fetch-Site")): "cross-site"]
            let own = "csrf=\(formEncoded(try #require(victim.formToken)))&"
            #expect(try await victim.postText("/setup", own + fields, headers: crossSite).status == .forbidden)
            #expect(try await server.post("/setup", formText: fields).status == .forbidden)
            #expect(try await users(server) == 0)
        }
    }

    @Test("a used link is gone, for its owner and for everyone, and so is every other")
    func replay() async throws {
        try await withServer(closed) { server in
            let (token, spare) = (try await token(server), try await token(server))
            let (ada, eve) = (try await opened(token, server), try await opened(spare, server))
            #expect(try await claim(token, ada).status == .ok)
            for used in [token, spare, "lks_rubbish", ""] {
                let answer = try await claim(used, eve, email: "eve@example.org")
                #expect(answer.status == .gone)
                #expect(try await eve.post("/setup/open", ["token": used]).status == .gone)
            }
            #expect(try await server.get("/setup").status == .gone)
            #expect(try await users(server) == 1)
            #expect(try await !eve.isSignedIn)
        }
    }

    @Test("an expired link, an altered one and a guess make nobody an owner")
    func guesses() async throws {
        try await withServer(closed) { server in
            let token = try await token(server)
            let browser = try await opened(token, server)
            for guess in token.withEachCharacterChanged() where guess != token {
                let answer = try await claim(guess, browser)
                #expect(answer.status == .badRequest)
                #expect(answer.text.contains("no setup link of this server"))
            }
            let kinds = [
                OneTimeSecret(random: .system).text, "lkl_" + token.dropFirst(4), token + "\u{0}", token + "==",
            ]
            for guess in kinds { #expect(try await claim(guess, browser).status == .badRequest, "\(guess)") }
            server.site.clock.advance(by: .seconds(1_801))
            let late = try await claim(token, browser)
            #expect(late.status == .badRequest)
            #expect(late.text.contains("older than 30 minutes"))
            #expect(try await users(server) == 0)
        }
    }

    @Test("guessing is limited as codes are")
    func limit() async throws {
        try await withServer(closed) { server in
            _ = try await token(server)
            let browser = TestBrowser(server)
            _ = try await browser.get("/setup")
            var last: Answer?
            for _ in 0..<121 { last = try await browser.post("/setup/open", ["token": "lks_x"]) }
            #expect(last?.status == .tooManyRequests)
        }
    }

    @Test("of fifty claims at once one wins")
    func fifty() async throws {
        try await withServer(closed) { server in
            let token = try await token(server)
            let browsers = try await race(50) { try await opened(token, server) }
            let answers = try await race(50) { try await claim(token, browsers[$0], email: "user\($0)@example.org") }
            #expect(answers.count { $0.status == .ok } == 1)
            #expect(answers.count { $0.status == .gone } == 49)
            #expect(try await users(server) == 1)
            #expect(try await server.number("SELECT count(*) FROM sessions") == 1)
        }
    }

    @Test("what cannot be used is told beside its field, kept, escaped, and spends nothing")
    func mistakes() async throws {
        try await withServer(closed) { server in
            let token = try await token(server)
            let browser = try await opened(token, server)
            let hostile = #""><script>alert(1)</script>"#
            let answer = try await browser.post(
                "/setup",
                [
                    "token": token, "name": hostile, "email": "a@example.org,b@example.org", "organization": " ",
                    "slug": "Ä",
                ])
            #expect(answer.status == .badRequest)
            for id in ["email-error", "organization-error", "slug-error"] {
                #expect(answer.text.contains("id=\"\(id)\""), "\(id)")
            }
            #expect(!answer.text.contains("name-error") && !answer.text.contains("<script>alert"))
            #expect(answer.text.contains("a@example.org,b@example.org"))
            #expect(try await browser.post("/setup", ["token": token]).status == .badRequest)
            #expect(try await users(server) == 0)
            #expect(try await claim(token, browser).status == .ok)
        }
    }

    @Test("the whole link may be pasted where there is no script")
    func pasted() async throws {
        try await withServer(closed) { server in
            let token = try await token(server)
            let browser = TestBrowser(server)
            _ = try await browser.get("/setup")
            let page = try await browser.post("/setup/open", ["token": " https://id.example.com/setup#token=\(token) "])
            #expect(page.status == .ok && page.text.contains("value=\"\(token)\""))
        }
    }

    @Test("whether mail can leave is told to the owner, for without it this browser is the only way in")
    func withoutMail() async throws {
        for sendsMail in [true, false] {
            var options = closed
            options.sendsMail = sendsMail
            try await withServer(options) { server in
                let token = try await token(server)
                let page = try await claim(token, opened(token, server))
                #expect(page.text.contains("No mail can leave yet") == !sendsMail)
            }
        }
    }
}
