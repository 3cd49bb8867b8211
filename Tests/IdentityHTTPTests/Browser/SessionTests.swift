import Database
import HTTPTypes
import Identity
import Testing

@testable import IdentityHTTP

/// security.md, "Sessions, CSRF, pages": cookies, and the browsers behind them.
struct SessionTests {
    @Test("over https the cookie is bound to the host; on http://localhost it has a plain name")
    func attributes() async throws {
        try await withServer { server in
            let cookie = try #require(try await server.get("/login").headers[.setCookie])
            #expect(cookie.hasPrefix("__Host-latchkey="))
            let attributes = cookie.split(separator: ";").dropFirst().map { $0.drop { $0 == " " } }
            #expect(Set(attributes) == ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax", "Secure"])
        }
        try await withServer(TestSite.Options(issuer: "http://localhost:8080")) { server in
            let cookie = try #require(try await server.get("/login").headers[.setCookie])
            #expect(cookie.hasPrefix("latchkey="))
            let attributes = cookie.split(separator: ";").dropFirst().map { $0.drop { $0 == " " } }
            #expect(Set(attributes) == ["Path=/", "Max-Age=2592000", "HttpOnly", "SameSite=Lax"])
            #expect(try await server.get("/").headers[.strictTransportSecurity] == nil)
        }
    }

    @Test("a cookie of the plain name is nothing over https, where a neighbour could have set it")
    func plainNameOverHTTPS() async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let answer = try await server.get("/account", headers: [.cookie: "latchkey=\(try ada.cookie)"])
            #expect(answer.status == .seeOther)
        }
    }

    @Test("a cookie altered in any one character is signed out")
    func alteredCookie() async throws {
        try await withServer(TestSite.Options(limitsRates: false)) { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let cookie = try ada.cookie
            for altered in cookie.withEachCharacterChanged() + ["", cookie + "A", String(cookie.dropLast())] {
                #expect(try await !TestBrowser(server, cookies: ["__Host-latchkey": altered]).isSignedIn)
            }
            #expect(try await ada.isSignedIn)
        }
    }

    @Test("a session id fixed before the login is not the one that is signed in")
    func fixation() async throws {
        try await withServer { server in
            let attacker = TestBrowser(server)
            _ = try await attacker.get("/login")
            let victim = TestBrowser(server, cookies: attacker.cookies)
            try await victim.signIn("victim@example.org")
            #expect(try attacker.cookie != victim.cookie)
            #expect(try await victim.isSignedIn)
            #expect(try await !attacker.isSignedIn)
            let before = try victim.cookie
            _ = try await victim.post("/logout")
            try await victim.signIn("victim@example.org")
            #expect(try victim.cookie != before)
        }
    }

    @Test("a signed-out cookie is worth nothing, and the browser forgets it")
    func logout() async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let cookies = ada.cookies
            let answer = try await ada.post("/logout")
            #expect(answer.status == .seeOther && answer.headers[.location] == "/")
            #expect(try #require(answer.headers[.setCookie]).contains("Max-Age=0;"))
            #expect(try await !TestBrowser(server, cookies: cookies).isSignedIn)
            #expect(try await server.events(.sessionEnded) == 1)
        }
    }

    @Test("a disabled user's browsers and tokens are out at once")
    func disabledUser() async throws {
        try await withServer { server in
            let login = try await server.login("ada@example.org")
            let ada = try await server.browser(signedInAs: "ada@example.org")
            try await server.setDisabled(true, "ada@example.org")
            #expect(try await !ada.isSignedIn)
            #expect(try await ada.post("/account/profile", ["name": "x"]).status == .seeOther)
            #expect(try await server.me(login.access).status == .unauthorized)
            #expect(try await server.user("ada@example.org")?.name == "ada")
        }
    }

    @Test("a session ends 14 days after it was last seen, and 30 days after it began")
    func lifetimes() async throws {
        try await withServer { server in
            let (idle, busy) = (
                try await server.browser(signedInAs: "ada@example.org"),
                try await server.browser(signedInAs: "ada@example.org")
            )
            server.site.clock.advance(by: .seconds(13 * 86_400))
            #expect(try await busy.isSignedIn)
            server.site.clock.advance(by: .seconds(2 * 86_400))
            #expect(try await !idle.isSignedIn)
            #expect(try await busy.isSignedIn)
            server.site.clock.advance(by: .seconds(13 * 86_400))
            #expect(try await busy.isSignedIn)
            server.site.clock.advance(by: .seconds(3 * 86_400))
            #expect(try await !busy.isSignedIn)
        }
    }

    @Test("nobody ends sessions or grants of someone else, by form or by API")
    func foreignSessions() async throws {
        try await withServer { server in
            let adas = try await server.login("ada@example.org")
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let eves = try await server.login("eve@example.org")
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let session = try #require(
                try await server.provider.sessions.all(of: adas.user, at: server.now).first)
            _ = try await eve.get("/account")
            _ = try await eve.post("/account/sessions/revoke", ["id": session.id.description])
            _ = try await eve.post("/account/grants/revoke", ["id": adas.grant.description])
            let api = try await server.send(
                .delete, "/api/v1/auth/sessions/\(try adas.grant)", headers: .bearer(eves.access))
            #expect(api.status == .notFound && api.error == "not_found")
            let nowhere = try await server.send(
                .delete, "/api/v1/auth/sessions/grt_0000000000000", headers: .bearer(eves.access))
            #expect(nowhere.message == api.message)
            #expect(try await ada.isSignedIn)
            #expect(try await server.me(adas.access).status == .ok)
        }
    }

    @Test("signing out everywhere ends every session and grant of the user, and of nobody else")
    func everywhere() async throws {
        try await withServer { server in
            let (login, eves) = (try await server.login("ada@example.org"), try await server.login("eve@example.org"))
            let here = try await server.browser(signedInAs: "ada@example.org")
            let there = try await server.browser(signedInAs: "ada@example.org")
            #expect(try await here.post("/account/sign-out-everywhere").status == .seeOther)
            #expect(try await !here.isSignedIn)
            #expect(try await !there.isSignedIn)
            #expect(try await server.refresh(login.refresh).error == "invalid_grant")
            #expect(try await server.me(eves.access).status == .ok)
        }
    }

    @Test("every page forbids framing, sniffing, referrers and caching, and allows no script but its own")
    func pageHeaders() async throws {
        try await withServer(TestSite.Options(isDevelopment: true)) { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let stranger = TestBrowser(server)
            let paths = server.endpoints.routes.filter { $0.dialect == .page && $0.method == .get }.map(\.path)
            for path in paths + ["/nowhere"] {
                for answer in [try await stranger.get(path), try await ada.get(path)] {
                    let policy = try #require(answer.headers[.contentSecurityPolicy], "\(path)")
                    #expect(policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"))
                    #expect(policy.contains("base-uri 'none'") && policy.contains("form-action 'self'"))
                    #expect(!policy.contains("unsafe"))
                    #expect(answer.headers[.xContentTypeOptions] == "nosniff")
                    #expect(answer.headers[.init("Referrer-Policy") ?? .date] == "no-referrer")
                    #expect(answer.headers[.init("X-Frame-Options") ?? .date] == "DENY")
                    #expect(answer.headers[.strictTransportSecurity] != nil)
                    if !path.hasPrefix("/assets/") { #expect(answer.headers[.cacheControl] == "no-store", "\(path)") }
                    #expect(!answer.text.contains("<script>") && !answer.text.contains("style=\""))
                    #expect(!answer.text.contains(" onclick=") && !answer.text.contains("src=\"http"))
                }
            }
        }
    }

    @Test("pages for the signed-in lead others to sign in, and only back to a page of ours")
    func signInFirst() async throws {
        try await withServer { server in
            for (path, location) in [
                ("/account", "/login?return_to=%2Faccount"), ("/device", "/login?return_to=%2Fdevice"),
                ("/device?user_code=BCDF-GHJK", "/login?return_to=%2Fdevice%3Fuser_code%3DBCDF-GHJK"),
                ("/device?user_code=%0d%0aSet-Cookie:x", "/login?return_to=%2Fdevice"),
            ] {
                let answer = try await server.get(path)
                #expect(answer.status == .seeOther)
                #expect(answer.headers[.location] == location)
            }
        }
    }

    static let elsewhere = [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/%09/evil.example",
        "/\t/evil.example",
        "https:evil.example", "https://evil.example", "http:/evil.example", "javascript:alert(1)", "data:text/html,x",
        "/..//evil.example", "/.evil.example", "evil.example", "/account/../..//evil.example", "/account//evil.example",
        "/account%2F..", "/login/../account", "@evil.example", "/@evil.example", "?//evil.example", "#//evil.example",
        "/account#x", " /account", "/account ", "/ACCOUNT", "/logout", "/oauth/authorize", "/%61ccount",
        "/account\r\nX: y",
        "/account\u{0}", "／evil.example", "//evil.example/account", String(repeating: "/", count: 300),
    ]

    @Test("return_to that is not a page of ours leads to the default page", arguments: elsewhere)
    func returnTo(_ path: String) async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let form = try await browser.get("/login?return_to=\(formEncoded(path))")
            #expect(form.status == .ok)
            #expect(!form.text.contains("name=\"return_to\""))
            let mail = try await browser.askForLink("ada@example.org", returnTo: path)
            let sent = try await browser.get("/login/sent")
            #expect(!sent.text.contains("evil"))
            let signedIn = try await browser.post("/login/code", ["code": mail.code])
            #expect(signedIn.headers[.location] == "/")
            let again = try await browser.get("/login?return_to=\(formEncoded(path))")
            #expect(again.headers[.location] == "/")
            let next = try await browser.get("/login/continue?return_to=\(formEncoded(path))")
            #expect(next.headers[.location] == "/")
        }
    }

    @Test("what follows the question mark is kept only when it is plain")
    func returnToQuery() {
        #expect(SafePath.check("/device?user_code=BCDF-GHJK") == "/device?user_code=BCDF-GHJK")
        #expect(SafePath.check("/device?next=//evil.example") == "/device")
        #expect(SafePath.check("/device?a=b%0d%0a") == "/device")
        #expect(SafePath.check("/account") == "/account")
        #expect(SafePath.check("/?//evil") == "/")
        #expect(
            SafePath.secondFactor(returningTo: "/device?user_code=A")
                == "/account?return_to=%2Fdevice%3Fuser_code%3DA#second-factor")
        #expect(SafePath.secondFactor(returningTo: "//evil.example") == "/account#second-factor")
    }
}
