import Database
import JOSE
import Testing

@testable import Identity

@Suite("Setting up a fresh server")
struct SetupTests {
    private func request(_ email: String = "ada@example.com", slug: String? = nil) throws -> Setup.Request {
        Setup.Request(
            email: try #require(EmailAddress(email)), name: "Ada Lovelace", organization: "Analytical Engines",
            slug: slug)
    }

    private func token(_ world: World, at now: Instant = .start) async throws -> String {
        try #require(try await world.provider.setup.issue(at: now)).text
    }

    /// What there is of people, organizations and sessions.
    private func rows(_ world: World) async throws -> [Int64] {
        var counts: [Int64] = []
        for table in ["users", "organizations", "memberships", "sessions", "setup_claim"] {
            counts.append(try await world.number("SELECT COUNT(*) FROM \(table)"))
        }
        return counts
    }

    @Test("a claimed link makes the first owner, their organization and their session", arguments: Engine.all)
    func claim(engine: Engine) async throws {
        let world = try await World(engine, signUp: .closed)
        let token = try await token(world)
        #expect(try await world.provider.setup.refusal(of: token, at: .start) == nil)
        #expect(try await rows(world) == [0, 0, 0, 0, 0], "looking spends nothing")

        let claimed = try await world.provider.setup.claim(token, request(), at: .start, from: .desk).get()
        #expect(try await rows(world) == [1, 1, 1, 1, 1])
        let signedIn = try #require(try await world.provider.sessions.authenticate(claimed.session, at: .start))
        #expect(signedIn.user.name == "Ada Lovelace")
        #expect(signedIn.user.verifiedAt == nil, "nobody has answered a mail yet")
        #expect(signedIn.session.amr == ["setup"])
        let membership = try #require(try await world.provider.organizations.memberships(of: signedIn.user.id).first)
        #expect(membership.role == .owner)
        #expect(membership.organization.plan == .free)
        #expect(membership.organization.slug == "analytical-engines")
        let event = try #require(try await world.events().first { $0.kind == .setupLinkClaimed })
        #expect(event.user == signedIn.user.id && event.organization == claimed.organization)
        #expect(event.requestID == "req_desk")
    }

    @Test("the owner signs in by mail afterwards, and sign-up stays closed for everyone else", arguments: Engine.all)
    func afterwards(engine: Engine) async throws {
        let world = try await World(engine, signUp: .closed)
        _ = try await world.provider.setup.claim(token(world), request(), at: .start, from: .desk).get()
        let ada = try await world.visitor("ada@example.com")
        #expect(ada.user.verifiedAt == .start)
        let browser = OneTimeSecret(random: .system)
        let link = try await world.link("eve@example.com", by: .browser(browser, returnTo: "/")).token
        let eve = try await world.provider.magicLinkSignIn.spend(link, browser: browser, at: .start, from: .desk)
        #expect(eve.refusal == .signInNotAllowed)
        #expect(try await rows(world)[0] == 1)
    }

    @Test("a link is good once, for half an hour, and only as it was printed", arguments: Engine.all)
    func once(engine: Engine) async throws {
        let world = try await World(engine, signUp: .closed)
        let setup = world.provider.setup
        let token = try await token(world)
        let late: Instant = .start + SetupLink.lifetime
        #expect(try await setup.refusal(of: token, at: late) == .expired)
        #expect(try await setup.claim(token, request(), at: late, from: .desk).refusal == .expired)
        let guesses = [
            "", "lks_", String(token.dropLast()), token + "A", String(token.dropFirst(4)), token.uppercased(),
            OneTimeSecret(prefix: "lks_", random: .system).text, OneTimeSecret(random: .system).text,
        ]
        for guess in guesses {
            #expect(try await setup.claim(guess, request(), at: .start, from: .desk).refusal == .unknown, "\(guess)")
        }
        #expect(try await rows(world) == [0, 0, 0, 0, 0])

        let justInTime = late - .microseconds(1)
        _ = try await setup.claim(token, request(), at: justInTime, from: .desk).get()
        for other in guesses + [token] {
            let again = try await setup.claim(other, request("eve@example.com"), at: .start, from: .desk)
            #expect(again.refusal == .over)
        }
        #expect(try await rows(world) == [1, 1, 1, 1, 1])
    }

    @Test("each start prints a link that works; the first that is claimed ends all others", arguments: Engine.all)
    func severalStarts(engine: Engine) async throws {
        let world = try await World(engine, signUp: .closed)
        let setup = world.provider.setup
        let tokens = [try await token(world), try await token(world, at: .start + .seconds(60))]
        for token in tokens { #expect(try await setup.refusal(of: token, at: .start) == nil) }
        _ = try await setup.claim(tokens[0], request(), at: .start, from: .desk).get()
        #expect(try await setup.refusal(of: tokens[1], at: .start) == .over)
        #expect(try await setup.issue(at: .start) == nil, "there is an owner, so nothing is printed")
    }

    @Test("of fifty claims at once, by five links, one wins and leaves one owner", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine, signUp: .closed)
        var tokens: [String] = []
        for _ in 0..<5 { tokens.append(try await token(world)) }
        let outcomes = try await inParallel(50) { [tokens] index in
            try await world.provider.setup.claim(
                tokens[index % 5], request("user\(index)@example.com"), at: .start, from: .desk)
        }
        #expect(outcomes.count { $0.refusal == nil } == 1)
        #expect(outcomes.count { $0.refusal == .over } == 49)
        #expect(try await rows(world) == [1, 1, 1, 1, 1])
        #expect(try await world.count(.setupLinkClaimed) == 1)
        #expect(try await world.count(.userCreated) == 1)
    }

    @Test("nothing is printed once anybody is a user, however they came to be", arguments: Engine.all)
    func someoneIsThere(engine: Engine) async throws {
        let world = try await World(engine, signUp: .open)
        let token = try await token(world)
        _ = try await world.visitor("bob@example.com")
        #expect(try await world.provider.setup.issue(at: .start) == nil)
        #expect(try await world.provider.setup.claim(token, request(), at: .start, from: .desk).refusal == .over)
        #expect(try await world.number("SELECT COUNT(*) FROM users") == 1)
    }

    @Test("a short name that is taken is refused and spends nothing", arguments: Engine.all)
    func takenSlug(engine: Engine) async throws {
        let world = try await World(engine, signUp: .closed)
        _ = try await Bootstrap.demoOrganization(world.database, random: .system, at: .start)
        let token = try await token(world)
        let setup = world.provider.setup
        #expect(try await setup.claim(token, request(slug: "demo"), at: .start, from: .desk).refusal == .slugTaken)
        _ = try await setup.claim(token, request(slug: "engines"), at: .start, from: .desk).get()
        #expect(try await world.number("SELECT COUNT(*) FROM organizations WHERE slug = 'engines'") == 1)
    }

    @Test("the database holds no link that anybody could open, and old ones do not pile up")
    func atRest() async throws {
        for engine in Engine.withFiles {
            let world = try await World(engine, signUp: .closed)
            let token = try await token(world)
            #expect(try !world.stores(token) && !world.stores(String(token.dropFirst(4))))
            _ = try await self.token(world, at: .start + SetupLink.lifetime + SetupLink.lifetime)
            #expect(try await world.number("SELECT COUNT(*) FROM setup_links") == 1)
        }
    }

    @Test(
        "a short name is lower-case letters, digits and hyphens between them",
        arguments: [
            ("acme", true), ("a", true), ("4-4", true), (String(repeating: "a", count: 40), true), ("", false),
            ("-a", false),
            ("a-", false), ("Acme", false), ("a b", false), ("a_b", false), ("é", false),
            (String(repeating: "a", count: 41), false),
        ])
    func slugs(text: String, isGood: Bool) {
        #expect(Organization.isSlug(text) == isGood)
    }
}
