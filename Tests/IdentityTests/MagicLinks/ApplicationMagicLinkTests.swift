import JOSE
import Testing

@testable import Identity

@Suite("A magic link that an application asked for")
struct ApplicationMagicLinkTests {
    @Test("gives that application tokens, by the token or by the digits, once", arguments: Engine.all)
    func redeeming(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client { $0.scopes = ["jobs:read"] }
        for isByToken in [true, false] {
            let letter = try await world.link(by: .application(app))
            let proof = try isByToken ? .token(letter.token) : world.code(letter.code)
            let tokens = try await world.redeem(proof, by: app).get()
            let claims = try world.claims(tokens.accessToken)
            #expect(claims["client_id"] == .string("app"))
            #expect(claims["scope"] == .string("jobs:read"))
            #expect(claims["aud"] == .string(World.issuer))
            #expect(claims["amr"] == .array([.string("email")]))
            #expect(try await world.redeem(.token(letter.token), by: app).refusal == .used)
            #expect(try await world.redeem(world.code(letter.code), by: app).refusal == .used)
        }
        #expect(try await world.number("SELECT COUNT(*) FROM sessions") == 0)
    }

    @Test("says so in the letter, and leads where the application wants", arguments: Engine.all)
    func letter(engine: Engine) async throws {
        let world = try await World(engine)
        let plain = try await world.link(by: .application(try await world.client("plain")))
        #expect(plain.application == "App plain")
        #expect(plain.link.hasPrefix(World.issuer + "/magic-link#token=lkm_"))
        let app = try await world.client { $0.magicLinkURI = "https://app.example.com/in" }
        let letter = try await world.link(by: .application(app))
        #expect(letter.link.hasPrefix("https://app.example.com/in#token=lkm_"))
        let seen = try await world.provider.magicLinks.inspect(letter.token, browser: nil, at: .start).get()
        guard case .application("App app") = seen.place else { throw Unexpected() }
    }

    @Test("tells a browser no match code, and an application none", arguments: Engine.all)
    func answer(engine: Engine) async throws {
        let world = try await World(engine)
        let address = try #require(EmailAddress("ada@example.com"))
        let app = try await world.client()
        let magicLinks = world.provider.magicLinks
        let toApplication = try await magicLinks.request(address, by: .application(app), at: .start, from: .desk)
        #expect(toApplication.matchCode == nil)
        let asker = MagicLinks.Asker.browser(OneTimeSecret(random: .system), returnTo: "/")
        let toBrowser = try await magicLinks.request(address, by: asker, at: .start, from: .desk)
        #expect(toBrowser.matchCode?.wholeMatch(of: /[0-9]{2}/) != nil)
        #expect(toBrowser.expiresIn == .seconds(600))
    }

    @Test("never signs a browser in, nor a browser's link an application", arguments: Engine.all)
    func kinds(engine: Engine) async throws {
        let world = try await World(engine)
        let (app, browser) = (try await world.client(), OneTimeSecret(random: .system))
        let signIn = world.provider.magicLinkSignIn

        let forApp = try await world.link(by: .application(app))
        for cookie in [nil, browser] {
            #expect(try await signIn.spend(forApp.token, browser: cookie, at: .start, from: .desk).refusal == .unknown)
        }
        for _ in 0..<6 {
            let entered = try await signIn.enter(digits: forApp.code, browser: browser, at: .start, from: .desk)
            #expect(entered.refusal == .unknown)
            let approved = try await signIn.approve(forApp.token, matchCode: "00", at: .start, from: .desk)
            #expect(approved.refusal == .unknown)
        }
        #expect(try await signIn.claim(browser: browser, at: .start, from: .desk).refusal == .unknown)
        #expect(try await world.redeem(.token(forApp.token), by: app).refusal == nil)

        let later = Instant.start + .seconds(1)
        let forBrowser = try await world.link("bob@example.com", by: .browser(browser, returnTo: "/"), at: later)
        #expect(try await world.redeem(.token(forBrowser.token), by: app, at: later).refusal == .unknown)
        let byCode = try await world.redeem(world.code(forBrowser.code, "bob@example.com"), by: app, at: later)
        #expect(byCode.refusal == .unknown)
        #expect(try await signIn.spend(forBrowser.token, browser: browser, at: later, from: .desk).refusal == nil)
    }

    @Test("is good for no other application, and a confidential one must prove itself", arguments: Engine.all)
    func otherClient(engine: Engine) async throws {
        let world = try await World(engine)
        let (app, other) = (try await world.client { $0.secret = "s3cret" }, try await world.client("other"))
        let letter = try await world.link(by: .application(app))
        for proof in [MagicLinkSignIn.Proof.token(letter.token), try world.code(letter.wrongCode())] {
            #expect(try await world.redeem(proof, by: other).refusal == .unknown)
            let unnamed = try await world.provider.magicLinkSignIn.redeem(
                proof, by: .unnamed, at: .start, from: .device)
            #expect(unnamed.refusal == .clientUnproven)
        }
        #expect(try await world.number("SELECT MAX(wrong_codes) FROM magic_links") == 0)
        #expect(try await world.redeem(.token(letter.token), by: app).refusal == nil)
    }

    @Test(
        "needs a client that may use magic links, is enabled, and is for a member of something", arguments: Engine.all)
    func ground(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client { $0.grantTypes = [.deviceCode] }
        var letter = try await world.link(by: .application(app))
        #expect(try await world.redeem(.token(letter.token), by: app).refusal == .grantTypeNotAllowed)
        try await world.client()
        try await world.provider.clients.setDisabled(true, app.id, at: .start, from: .server)
        #expect(try await world.redeem(.token(letter.token), by: app).refusal == .standing(.clientDisabled))
        try await world.provider.clients.setDisabled(false, app.id, at: .start, from: .server)
        let ada = try await world.visitor()
        try await world.loseMembership(ada)
        letter = try await world.link(by: .application(app))
        #expect(try await world.redeem(.token(letter.token), by: app).refusal == .standing(.notAMember))
        #expect(try await world.count(.grantIssued) == 0)
    }

    @Test("is locked by five wrong digits, whoever sends them", arguments: Engine.all)
    func lock(engine: Engine) async throws {
        var world = try await World(engine)
        let app = try await world.client()
        let letter = try await world.link(by: .application(app))
        for attempt in 0..<4 {
            #expect(try await world.redeem(world.code(letter.wrongCode(attempt)), by: app).refusal == .wrongCode)
        }
        world = try await world.restarted()
        #expect(try await world.redeem(world.code(letter.wrongCode()), by: app).refusal == .locked)
        #expect(try await world.redeem(world.code(letter.code), by: app).refusal == .locked)
        #expect(try await world.redeem(.token(letter.token), by: app).refusal == .locked)
    }

    @Test("presented fifty times at once gives one grant", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client()
        let letter = try await world.link(by: .application(app))
        let code = try world.code(letter.code)
        let outcomes = try await inParallel(50) { index in
            try await world.redeem(index.isMultiple(of: 2) ? .token(letter.token) : code, by: app)
        }
        #expect(outcomes.count { $0.refusal == nil } == 1)
        #expect(outcomes.count { $0.refusal == .used } == 49)
        #expect(try await world.number("SELECT COUNT(*) FROM grants") == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM users") == 1)
    }

    @Test("is superseded by a newer one for any other application or browser", arguments: Engine.all)
    func newestWins(engine: Engine) async throws {
        let world = try await World(engine)
        let (one, two) = (try await world.client("one"), try await world.client("two"))
        let first = try await world.link(by: .application(one))
        let second = try await world.link(by: .application(two), at: .start + .seconds(1))
        #expect(try await world.redeem(.token(first.token), by: one).refusal == .superseded)
        #expect(try await world.redeem(world.code(first.code), by: one).refusal == .unknown)
        _ = try await world.link(by: .browser(OneTimeSecret(random: .system), returnTo: "/"), at: .start + .seconds(2))
        #expect(try await world.redeem(.token(second.token), by: two).refusal == .superseded)
        #expect(try await world.redeem(world.code(second.code), by: two).refusal == .superseded)
    }

    @Test("asked for twice in one instant is known by its digits", arguments: Engine.all)
    func sameInstant(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client()
        for index in 0..<12 {
            let email = "p\(index)@example.com"
            _ = try await world.link(email, by: .application(app))
            let second = try await world.link(email, by: .application(app))
            #expect(try await world.redeem(world.code(second.code, email), by: app).refusal == nil)
        }
    }
}

extension World {
    fileprivate func redeem(
        _ proof: MagicLinkSignIn.Proof, by client: Client, at now: Instant = .start
    ) async throws -> Result<TokenSet, MagicLinkRefusal> {
        try await provider.magicLinkSignIn.redeem(proof, by: .authenticated(client), at: now, from: .device)
    }

    fileprivate func code(_ digits: String, _ email: String = "ada@example.com") throws -> MagicLinkSignIn.Proof {
        .code(try #require(EmailAddress(email)), digits: digits)
    }
}
