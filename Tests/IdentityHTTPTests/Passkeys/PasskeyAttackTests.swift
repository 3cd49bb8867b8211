import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

/// security.md, "Passkeys, TOTP, step-up": the raw request, the answer, and what is left afterwards.
struct PasskeyAttackTests {
    /// Everything that a thief or a phishing page may get wrong, in a login that would be right without it.
    private func wrongs(_ other: SoftwareAuthenticator) -> [(String, Saying)] {
        let changes: [(String, (inout Saying) -> Void)] = [
            ("another site", { $0.origin = "https://badexample.com" }),
            ("a lookalike", { $0.origin = "https://id.example.com.evil.example" }),
            ("another port", { $0.origin = "https://id.example.com:8443" }),
            ("plain http", { $0.origin = "http://id.example.com" }),
            ("upper case", { $0.origin = "https://ID.example.com" }),
            ("a frame", { $0.more = #","crossOrigin":true"# }),
            ("another relying party", { $0.relyingPartyID = "badexample.com" }),
            ("the parent domain", { $0.relyingPartyID = "example.com" }),
            ("another challenge", { $0.challenge = [UInt8](repeating: 7, count: 32) }),
            ("no challenge", { $0.challenge = [] }),
            ("a registration", { $0.type = "webauthn.create" }),
            ("nobody there", { $0.flags = 0x04 }), ("nobody known", { $0.flags = 0x01 }),
            ("no flags", { $0.flags = 0 }),
            ("backed up without being eligible", { $0.flags = 0x15 }), ("suddenly eligible", { $0.flags = 0x0D }),
            ("id unlike rawId", { $0.id = Base64URL.encode([1, 2, 3]) }),
            ("rawId of another user", { $0.rawID = other.credentialID }),
            (
                "credential of another user",
                { ($0.id, $0.rawID) = (Base64URL.encode(other.credentialID), other.credentialID) }
            ),
            ("signature of another key", { $0.signer = other.key }),
            ("another user's handle", { $0.userHandle = other.userHandle }),
            ("no user handle", { $0.omitsUserHandle = true }),
            ("trailing CBOR", { $0.trailing = [0xA0] }),
            ("10,000-deep CBOR", { ($0.flags, $0.trailing) = (0x85, [UInt8](repeating: 0x81, count: 10_000)) }),
            ("counter back", { $0.signCount = 4 }), ("counter still", { $0.signCount = 5 }),
            ("counter gone", { $0.signCount = 0 }),
        ]
        return changes.map { name, change in
            var saying = Saying { $0.signCount = 6 }
            change(&saying)
            return (name, saying)
        }
    }

    @Test("a wrong step gives no token, changes no counter, and leaves the honest passkey good")
    func steps() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let key = try await server.authenticator(of: ada, Saying { $0.signCount = 5 })
            let other = try await server.authenticator(of: bob)
            let before = try await server.passkeyState()
            for (name, saying) in wrongs(other) {
                let answer = try await server.login(by: key, saying)
                #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(name): \(answer.text)")
                #expect(answer.headers[.cacheControl] == "no-store")
                #expect(try await server.passkeyState() == before, "\(name)")
            }
            #expect(try await server.events(.passkeyCounterRegressed) == 3)
            #expect(try await server.events(.passkeyUsed) == 0)
            #expect(server.metric(#"latchkey_refusals_total{of="passkey",reason="counter_regressed"}"#) == "3")
            _ = try Tokens(try await server.login(by: key, Saying { $0.signCount = 6 }))
        }
    }

    @Test("a wrong step in the browser signs nobody in, and the page tells the cause")
    func pages() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let key = try await server.authenticator(of: ada, Saying { $0.signCount = 5 })
            let other = try await server.authenticator(of: bob)
            let before = try await server.passkeyState()
            for (name, saying) in wrongs(other) {
                let browser = TestBrowser(server)
                let answer = try await browser.signIn(by: key, saying)
                #expect(answer.status == .badRequest && answer.text.contains(#"role="alert">"#), "\(name)")
                #expect(try await !browser.isSignedIn, "\(name)")
            }
            #expect(try await server.passkeyState() == before)
        }
    }

    @Test("an answer is good once, for who asked, for five minutes")
    func challenges() async throws {
        try await withServer { server in
            let login = try await server.login()
            let key = try await server.authenticator(of: login)
            try await server.register("app") { $0.grantTypes = [.passkey] }
            let response = try key.authenticate(try await server.requestOptions())
            let before = try await server.passkeyState()

            let envelope = JSONValue.object(["credential": response, "client_id": .string("app")])
            #expect(try await server.post("/api/v1/auth/passkey/login", envelope).error == "invalid_grant")
            let browser = TestBrowser(server)
            _ = try await browser.get("/login")
            #expect(try await browser.send(response, to: "/login/passkey").status == .badRequest)
            let old = try key.authenticate(try await server.requestOptions())
            #expect(try await server.passkeyState() == before)

            _ = try Tokens(try await server.post("/api/v1/auth/passkey/login", response))
            #expect(try await server.post("/api/v1/auth/passkey/login", response).error == "invalid_grant")
            server.site.clock.advance(by: .seconds(301))
            let late = try await server.post("/api/v1/auth/passkey/login", old)
            #expect(late.error == "invalid_grant" && late.message?.contains("five minutes") == true)
            #expect(try await server.number("SELECT COUNT(*) FROM grants") == 2)
        }
    }

    @Test("a hundred answers at once to one challenge give one login")
    func race() async throws {
        try await withServer { server in
            let key = try await server.authenticator(of: try await server.login())
            let response = try key.authenticate(try await server.requestOptions())
            let answers = try await IdentityHTTPTests.race(100) {
                try await server.post("/api/v1/auth/passkey/login", response).status
            }
            #expect(answers.count { $0 == .ok } == 1)
            #expect(try await server.number("SELECT COUNT(*) FROM grants") == 2)
        }
    }

    @Test("a challenge of one browser is nothing in another")
    func otherBrowser() async throws {
        try await withServer { server in
            let key = try await server.authenticator(of: try await server.login())
            let (mine, other) = (TestBrowser(server), TestBrowser(server))
            _ = try await mine.get("/login")
            _ = try await other.get("/login")
            let response = try key.authenticate(try await mine.options("/login/passkey/challenge"))
            #expect(try await other.send(response, to: "/login/passkey").status == .badRequest)
            #expect(try await !other.isSignedIn)
            #expect(try await server.post("/api/v1/auth/passkey/login", response).error == "invalid_grant")
            #expect(try await mine.send(response, to: "/login/passkey").status == .seeOther)
            #expect(try await mine.isSignedIn)
        }
    }

    @Test("a passkey is not made with another login's challenge, nor one for signing in, nor by a wrong answer")
    func registration() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            var key = try SoftwareAuthenticator()
            let path = "/api/v1/auth/passkey/register"
            let response = key.register(try await server.creationOptions(by: ada))
            #expect(try await server.post(path, response, headers: .bearer(bob.access)).error == "invalid_grant")
            let second = try await server.login()
            #expect(try await server.post(path, response, headers: .bearer(second.access)).error == "invalid_grant")
            let signIn = key.register(try await server.requestOptions())
            #expect(try await server.post(path, signIn, headers: .bearer(ada.access)).error == "invalid_grant")
            for saying in [
                Saying { $0.origin = "https://badexample.com" }, Saying { $0.relyingPartyID = "badexample.com" },
                Saying { $0.flags = 0x01 }, Saying { $0.flags = 0x04 }, Saying { $0.algorithm = 0x25 },
                Saying { $0.trailing = [0] }, Saying { $0.rawID = [1] },
            ] {
                let refused = try await server.register(&key, by: ada, saying)
                #expect(refused.status == .badRequest && refused.error == "invalid_grant", "\(refused.text)")
            }
            #expect(try await server.number("SELECT COUNT(*) FROM passkeys") == 0)
            #expect(try await server.post(path, response, headers: .bearer(ada.access)).status == .created)
            let taken = try await server.register(&key, by: bob)
            #expect(taken.status == .conflict && taken.error == "already_registered")
        }
    }

    @Test("another user's passkey is not there: not to be read, renamed or removed")
    func otherUser() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            _ = try await server.authenticator(of: ada)
            let listed = try await server.call(.get, "/api/v1/auth/passkeys", by: ada)
            let id = try #require(try listed.json["passkeys"]?.array?.first?.object?["id"]?.string)
            let before = try await server.passkeyState()
            #expect(try await server.call(.get, "/api/v1/auth/passkeys", by: bob).text == #"{"passkeys":[]}"#)
            for name in [id, "pky_0000000000001", "nonsense"] {
                let path = "/api/v1/auth/passkeys/\(name)"
                let renamed = try await server.call(.patch, path, #"{"name":"x"}"#, by: bob)
                let removed = try await server.call(.delete, path, by: bob)
                #expect(renamed.status == .notFound && removed.status == .notFound)
            }
            let browser = try await server.browser(signedInAs: "bob@example.org")
            for path in ["/account/passkeys/rename", "/account/passkeys/remove"] {
                let answer = try await browser.post(path, ["id": id, "name": "x"])
                #expect(answer.status == .notFound && !answer.text.contains(id))
                _ = try await browser.get("/account")
            }
            #expect(try await server.passkeyState().dropLast() == before.dropLast())
        }
    }

    @Test("a client that was let in once is not let at the passkeys, and does not sign in by them")
    func otherClients() async throws {
        try await withServer { server in
            try await server.register("app")
            let mail = try await server.magicLinkOf(client: "app")
            let app = try Tokens(
                try await server.post(
                    "/api/v1/auth/magic_link/verify", json: ["token": mail.token, "client_id": "app"]))
            for path in ["/api/v1/auth/passkey/register/challenge", "/api/v1/auth/passkey/register"] {
                let answer = try await server.call(.post, path, "{}", by: app)
                #expect(answer.status == .forbidden && answer.error == "unauthorized_client")
            }
            let removed = try await server.call(.delete, "/api/v1/auth/passkeys/pky_0000000000001", by: app)
            #expect(removed.status == .forbidden)
            let challenge = try await server.post(
                "/api/v1/auth/passkey/login/challenge", json: ["client_id": "app"])
            #expect(challenge.error == "unauthorized_client")
            #expect(try await server.number("SELECT COUNT(*) FROM passkey_challenges") == 0)
        }
    }

    @Test(
        "what is no credential is 400 and names the member",
        arguments: [
            ("{}", "type"), ("[]", "object"), (#"{"type":"password"}"#, "type"), (#"{"credential":7}"#, "credential"),
            (#"{"type":"public-key","id":"AA","rawId":"AA"}"#, "response"),
            (#"{"type":"public-key","id":"AA","rawId":"AA","response":{"clientDataJSON":"=="}}"#, "clientDataJSON"),
        ])
    func malformed(json: String, member: String) async throws {
        try await withServer { server in
            let login = try await server.login()
            for (path, headers) in [
                ("/api/v1/auth/passkey/login", HTTPFields()), ("/api/v1/auth/passkey/register", .bearer(login.access)),
            ] {
                let answer = try await server.post(path, jsonText: json, headers: headers)
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(answer.text)")
                #expect(answer.message?.contains(member) == true, "\(answer.text)")
            }
        }
    }

    @Test("forms without the browser's own form token do nothing")
    func formTokens() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            for path in [
                "/login/passkey/challenge", "/login/passkey", "/account/passkeys/challenge", "/account/passkeys",
                "/account/passkeys/rename", "/account/passkeys/remove",
            ] {
                #expect(try await browser.postText(path, "csrf=x&credential=%7B%7D").status == .forbidden, "\(path)")
            }
            #expect(try await server.number("SELECT COUNT(*) FROM passkey_challenges") == 0)
        }
    }

    @Test("too many challenges from one address are refused, and mail is not touched by that")
    func limits() async throws {
        try await withServer { server in
            let answers = try await IdentityHTTPTests.race(260) {
                try await server.post("/api/v1/auth/passkey/login/challenge", jsonText: "{}").status
            }
            // The clock moves while they come, and a few places with it.
            #expect((240...250).contains(answers.count { $0 == .ok }))
            #expect((10...20).contains(answers.count { $0 == .tooManyRequests }))
            _ = try await server.login()
        }
    }
}
