import JOSE
import Testing

@testable import Identity

@Suite("A magic link that a browser asked for")
struct BrowserMagicLinkTests {
    @Test("signs that browser in, once, and leads it on", arguments: Engine.all)
    func spending(engine: Engine) async throws {
        let world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        let letter = try await world.link(by: .browser(browser, returnTo: "/device"))
        #expect(letter.link.hasPrefix(World.issuer + "/magic-link#token=lkm_"))
        #expect(letter.code.wholeMatch(of: /[0-9]{6}/) != nil)
        #expect(letter.application == nil)
        let signedIn = try await world.spend(letter.token, in: browser).get()
        #expect(signedIn.returnTo == "/device")
        #expect(signedIn.user.email.text == "ada@example.com")
        #expect(signedIn.user.verifiedAt == .start)
        let session = try #require(try await world.provider.sessions.authenticate(signedIn.secret, at: .start)).session
        #expect(session.amr == ["email"])
        #expect(session.authTime == .start)
        #expect(try await world.spend(letter.token, in: browser).refusal == .used)
        #expect(try await world.enter(letter.code, in: browser).refusal == .used)
    }

    @Test("is not spent by looking at it, nor by any browser that did not ask", arguments: Engine.all)
    func scanners(engine: Engine) async throws {
        let world = try await World(engine)
        let (browser, scanner) = (OneTimeSecret(random: .system), OneTimeSecret(random: .system))
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        let before = try await world.tally()
        for other in [nil, scanner] {
            #expect(try await world.spend(letter.token, in: other).refusal == .otherBrowser)
            let seen = try await world.provider.magicLinks.inspect(letter.token, browser: other, at: .start).get()
            guard case .otherBrowser = seen.place else { throw Unexpected() }
            #expect(seen.address == RequestOrigin.desk.address)
            #expect(seen.agent == RequestOrigin.desk.agent)
            #expect(seen.askedAt == .start)
        }
        let seen = try await world.provider.magicLinks.inspect(letter.token, browser: browser, at: .start).get()
        guard case .sameBrowser = seen.place else { throw Unexpected() }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.spend(letter.token, in: browser).refusal == nil)
    }

    @Test("is as good by its six digits, typed where it was asked for", arguments: Engine.all)
    func digits(engine: Engine) async throws {
        let world = try await World(engine)
        let (browser, other) = (OneTimeSecret(random: .system), OneTimeSecret(random: .system))
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        #expect(try await world.enter(letter.code, in: other).refusal == .unknown)
        #expect(try await world.enter(letter.wrongCode(), in: browser).refusal == .wrongCode)
        #expect(try await world.enter(letter.code, in: browser).refusal == nil)
        #expect(try await world.spend(letter.token, in: browser).refusal == .used)
    }

    @Test("approved elsewhere by the match code signs in the asking tab, once, and no other", arguments: Engine.all)
    func matchCode(engine: Engine) async throws {
        let world = try await World(engine)
        let (browser, other) = (OneTimeSecret(random: .system), OneTimeSecret(random: .system))
        let letter = try await world.link(by: .browser(browser, returnTo: "/account"))
        let pending = try #require(try await world.provider.magicLinkSignIn.pending(of: browser, at: .start))
        #expect(pending.matchCode.wholeMatch(of: /[0-9]{2}/) != nil)
        #expect(pending.email.text == "ada@example.com")
        #expect(pending.returnTo == "/account")
        guard case .waiting = pending.progress else { throw Unexpected() }
        #expect(try await world.claim(in: browser).refusal == .unknown)

        let approved = try await world.approve(letter.token, pending.matchCode).get()
        #expect(approved.text == "ada@example.com")
        let progress = try await world.provider.magicLinkSignIn.pending(of: browser, at: .start)?.progress
        guard case .approved = progress else { throw Unexpected() }
        #expect(try await world.claim(in: other).refusal == .unknown)
        #expect(try await world.count(.sessionCreated) == 0)
        let outcomes = try await inParallel(50) { _ in try await world.claim(in: browser) }
        #expect(outcomes.count { $0.refusal == nil } == 1)
        #expect(outcomes.count { $0.refusal == .unknown } == 49)
        #expect(try await world.count(.sessionCreated) == 1)
        #expect(try await world.count(.magicLinkApproved) == 1)
        #expect(try await world.approve(letter.token, pending.matchCode).refusal == .used)
    }

    @Test("by fifty clicks at once signs in once", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        let outcomes = try await inParallel(50) { index in
            index.isMultiple(of: 2)
                ? try await world.spend(letter.token, in: browser) : try await world.enter(letter.code, in: browser)
        }
        #expect(outcomes.count { $0.refusal == nil } == 1)
        #expect(outcomes.count { $0.refusal == .used } == 49)
        #expect(try await world.number("SELECT COUNT(*) FROM sessions") == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM users") == 1)
        #expect(try await world.count(.magicLinkSpent) == 1)
    }

    @Test("is over after ten minutes, however it is presented", arguments: Engine.all)
    func expiry(engine: Engine) async throws {
        let world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        let pending = try #require(try await world.provider.magicLinkSignIn.pending(of: browser, at: .start))
        let end = Instant.start + .seconds(600)
        #expect(try await world.spend(letter.token, in: browser, at: end).refusal == .expired)
        #expect(try await world.enter(letter.code, in: browser, at: end).refusal == .expired)
        #expect(try await world.approve(letter.token, pending.matchCode, at: end).refusal == .expired)
        #expect(
            try await world.provider.magicLinks.inspect(letter.token, browser: browser, at: end).refusal == .expired)
        #expect(try await world.approve(letter.token, pending.matchCode, at: end - .microseconds(1)).refusal == nil)
        #expect(try await world.claim(in: browser, at: end).refusal == .expired)
        guard case .over = try await world.provider.magicLinkSignIn.pending(of: browser, at: end)?.progress else {
            throw Unexpected()
        }
        #expect(try await world.number("SELECT COUNT(*) FROM users") == 0)
    }

    @Test("is good no more when a newer one was asked for, from wherever", arguments: Engine.all)
    func newestWins(engine: Engine) async throws {
        let world = try await World(engine)
        let (browser, other) = (OneTimeSecret(random: .system), OneTimeSecret(random: .system))
        let first = try await world.link(by: .browser(browser, returnTo: "/"))
        let match = try #require(try await world.provider.magicLinkSignIn.pending(of: browser, at: .start)).matchCode
        let bystander = OneTimeSecret(random: .system)
        let unrelated = try await world.link("bob@example.com", by: .browser(bystander, returnTo: "/"))
        let second = try await world.link(
            "ADA@example.com", by: .browser(other, returnTo: "/"), at: .start + .seconds(1))
        #expect(try await world.spend(first.token, in: browser).refusal == .superseded)
        #expect(try await world.enter(first.code, in: browser).refusal == .superseded)
        #expect(try await world.approve(first.token, match).refusal == .superseded)
        #expect(try await world.spend(second.token, in: other, at: .start + .seconds(1)).refusal == nil)
        #expect(try await world.spend(unrelated.token, in: bystander, at: .start + .seconds(1)).refusal == nil)
    }

    @Test("is good no more when its browser asked for another address", arguments: Engine.all)
    func oneSignInABrowser(engine: Engine) async throws {
        let world = try await World(engine)
        let (browser, other) = (OneTimeSecret(random: .system), OneTimeSecret(random: .system))
        let mistyped = try await world.link("adda@example.com", by: .browser(browser, returnTo: "/"))
        let elsewhere = try await world.link("bob@example.com", by: .browser(other, returnTo: "/"))
        let right = try await world.link("ada@example.com", by: .browser(browser, returnTo: "/"))
        #expect(try await world.provider.magicLinkSignIn.pending(of: browser, at: .start)?.email == right.recipient)
        #expect(try await world.spend(mistyped.token, in: browser).refusal == .superseded)
        #expect(try await world.enter(right.code, in: browser).refusal == nil)
        #expect(try await world.enter(elsewhere.code, in: other).refusal == nil)
    }

    @Test("an approved link is superseded too", arguments: Engine.all)
    func approvedSuperseded(engine: Engine) async throws {
        let world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        let match = try #require(try await world.provider.magicLinkSignIn.pending(of: browser, at: .start)).matchCode
        #expect(try await world.approve(letter.token, match).refusal == nil)
        _ = try await world.link(by: .browser(OneTimeSecret(random: .system), returnTo: "/"))
        #expect(try await world.claim(in: browser).refusal == .unknown)
    }

    @Test(
        "asked for twice in one instant is known by its digits, whichever identifier is the greater",
        arguments: Engine.all)
    func sameInstant(engine: Engine) async throws {
        let world = try await World(engine)
        for index in 0..<12 {
            let browser = OneTimeSecret(random: .system)
            _ = try await world.link("p\(index)@example.com", by: .browser(browser, returnTo: "/"))
            let second = try await world.link("p\(index)@example.com", by: .browser(browser, returnTo: "/"))
            #expect(try await world.enter(second.code, in: browser).refusal == nil)
        }
    }

    @Test("is locked by the fifth wrong code of any kind, from anywhere, over a restart", arguments: Engine.all)
    func lock(engine: Engine) async throws {
        var world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        let match = try #require(try await world.provider.magicLinkSignIn.pending(of: browser, at: .start)).matchCode
        let wrongMatch = match == "00" ? "01" : "00"
        #expect(try await world.enter(letter.wrongCode(0), in: browser).refusal == .wrongCode)
        #expect(try await world.approve(letter.token, wrongMatch).refusal == .wrongCode)
        #expect(try await world.enter("", in: browser).refusal == .wrongCode)
        world = try await world.restarted()
        #expect(try await world.approve(letter.token, "").refusal == .wrongCode)
        #expect(try await world.enter(letter.wrongCode(1), in: browser).refusal == .locked)
        for _ in 0..<2 {
            #expect(try await world.enter(letter.code, in: browser).refusal == .locked)
            #expect(try await world.spend(letter.token, in: browser).refusal == .locked)
            #expect(try await world.approve(letter.token, match).refusal == .locked)
            #expect(try await world.claim(in: browser).refusal == .unknown)
            world = try await world.restarted()
        }
        guard case .locked = try await world.provider.magicLinkSignIn.pending(of: browser, at: .start)?.progress else {
            throw Unexpected()
        }
        #expect(try await world.count(.magicLinkLocked) == 1)
        let next = try await world.link(by: .browser(browser, returnTo: "/"), at: .start + .seconds(1))
        #expect(try await world.enter(next.code, in: browser, at: .start + .seconds(1)).refusal == nil)
    }

    @Test("fifty guesses at once are five", arguments: Engine.all)
    func guesses(engine: Engine) async throws {
        let world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        let letter = try await world.link(by: .browser(browser, returnTo: "/"))
        let refusals = try await inParallel(50) { try await world.enter(letter.wrongCode($0), in: browser).refusal }
        #expect(refusals.count { $0 == .wrongCode } == 4)
        #expect(refusals.count { $0 == .locked } == 46)
        #expect(try await world.number("SELECT MAX(wrong_codes) FROM magic_links") == 5)
    }

    @Test("has its digits heard no more after twenty wrong ones for its address in a day", arguments: Engine.all)
    func budget(engine: Engine) async throws {
        var world = try await World(engine)
        let browser = OneTimeSecret(random: .system)
        for second in 0..<4 {
            let now = Instant.start + .seconds(second)
            let letter = try await world.link(by: .browser(browser, returnTo: "/"), at: now)
            for attempt in 0..<5 {
                let refusal = try await world.enter(letter.wrongCode(attempt), in: browser, at: now).refusal
                #expect(refusal == (attempt < 4 ? .wrongCode : .locked))
            }
        }
        world = try await world.restarted()
        let now = Instant.start + .seconds(4)
        let letter = try await world.link("ADA@example.com", by: .browser(browser, returnTo: "/"), at: now)
        #expect(try await world.enter(letter.code, in: browser, at: now).refusal == .codesExhausted)
        #expect(try await world.spend(letter.token, in: browser, at: now).refusal == nil)
        let other = try await world.link("bob@example.com", by: .browser(browser, returnTo: "/"), at: now)
        #expect(try await world.enter(other.code, in: browser, at: now).refusal == nil)
        let nextDay = now + .seconds(86_400)
        let next = try await world.link(by: .browser(browser, returnTo: "/"), at: nextDay)
        #expect(try await world.enter(next.code, in: browser, at: nextDay).refusal == nil)
    }

    @Test("leaves neither token nor digits in the database, and the mail is sealed", arguments: Engine.withFiles)
    func storage(engine: Engine) async throws {
        let world = try await World(engine)
        let letter = try await world.link(by: .browser(OneTimeSecret(random: .system), returnTo: "/a-path-to-find"))
        #expect(try world.stores("/a-path-to-find"))
        #expect(try !world.stores(letter.token))
        #expect(try !world.stores("token="))
        #expect(try !world.stores(letter.code))
    }
}

/// A value was of another case than expected.
struct Unexpected: Error {}

extension World {
    fileprivate func spend(
        _ token: String, in browser: OneTimeSecret?, at now: Instant = .start
    ) async throws -> Result<MagicLinkSignIn.SignedIn, MagicLinkRefusal> {
        try await provider.magicLinkSignIn.spend(token, browser: browser, at: now, from: .desk)
    }

    fileprivate func enter(
        _ digits: String, in browser: OneTimeSecret, at now: Instant = .start
    ) async throws -> Result<MagicLinkSignIn.SignedIn, MagicLinkRefusal> {
        try await provider.magicLinkSignIn.enter(digits: digits, browser: browser, at: now, from: .desk)
    }

    fileprivate func approve(
        _ token: String, _ matchCode: String, at now: Instant = .start
    ) async throws -> Result<EmailAddress, MagicLinkRefusal> {
        try await provider.magicLinkSignIn.approve(token, matchCode: matchCode, at: now, from: .device)
    }

    fileprivate func claim(
        in browser: OneTimeSecret, at now: Instant = .start
    ) async throws -> Result<MagicLinkSignIn.SignedIn, MagicLinkRefusal> {
        try await provider.magicLinkSignIn.claim(browser: browser, at: now, from: .desk)
    }
}
