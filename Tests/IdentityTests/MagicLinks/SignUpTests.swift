import JOSE
import Testing

@testable import Identity

@Suite("Signing up")
struct SignUpTests {
    private func signIn(_ email: String, _ world: World, at now: Instant = .start) async throws -> MagicLinkRefusal? {
        let browser = OneTimeSecret(random: .system)
        let token = try await world.link(email, by: .browser(browser, returnTo: "/"), at: now).token
        return try await world.provider.magicLinkSignIn.spend(token, browser: browser, at: now, from: .desk).refusal
    }

    /// How many messages leave when all that waits is delivered.
    private func delivered(_ world: World, at now: Instant = .start) async throws -> Int {
        let outbox = Outbox()
        _ = try await world.provider.mail.deliver(by: outbox, at: now)
        #expect(try await world.number("SELECT COUNT(*) FROM outgoing_mail") == 0)
        return outbox.sent.count
    }

    @Test("where everyone may gives each person an organization of their own", arguments: Engine.all)
    func open(engine: Engine) async throws {
        let world = try await World(engine, signUp: .open)
        let (ada, bob) = (try await world.visitor("Ada.L@example.com"), try await world.visitor("bob@example.com"))
        #expect(ada.user.name == "Ada.L")
        #expect(ada.organization.name == "Ada.L’s workspace")
        #expect(ada.organization.slug == "ada-l-s-workspace")
        #expect(ada.organization.plan == .free)
        #expect(ada.organization.id != bob.organization.id)
        let membership = try await world.provider.organizations.membership(of: ada.user.id, in: ada.organization.id)
        #expect(membership?.role == .owner)
        #expect(try await world.provider.organizations.membership(of: bob.user.id, in: ada.organization.id) == nil)
        #expect(try await delivered(world) == 2)
    }

    @Test("happens once: the same address in another case is the same person", arguments: Engine.all)
    func again(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, again) = (try await world.visitor("ada@example.com"), try await world.visitor("ADA@Example.com"))
        #expect(ada.user.id == again.user.id)
        #expect(again.user.email.text == "ada@example.com")
        #expect(try await world.count(.userCreated) == 1)
        #expect(try await world.count(.organizationCreated) == 1)
    }

    @Test("in development joins one organization, the first person as its owner", arguments: Engine.all)
    func joining(engine: Engine) async throws {
        var world = try await World(engine)
        let demo = try await Bootstrap.demoOrganization(world.database, random: .system, at: .start)
        #expect(try await Bootstrap.demoOrganization(world.database, random: .system, at: .start) == demo)
        world = try await world.restarted(signUp: .joining(demo))
        var roles: [Role?] = []
        for email in ["ada@example.com", "bob@example.com", "eve@example.com"] {
            let visitor = try await world.visitor(email)
            #expect(visitor.organization.id == demo)
            #expect(visitor.organization.slug == "demo")
            #expect(visitor.organization.plan == .business)
            let membership = try await world.provider.organizations.membership(of: visitor.user.id, in: demo)
            roles.append(membership?.role)
        }
        #expect(roles == [.owner, .member, .member])
        #expect(try await world.count(.organizationCreated) == 1)
    }

    @Test("where no one may: unknown addresses get no mail, and a proof of one signs no one in", arguments: Engine.all)
    func closed(engine: Engine) async throws {
        var world = try await World(engine)
        _ = try await world.visitor("ada@example.com")
        _ = try await delivered(world)
        world = try await world.restarted(signUp: .closed)
        #expect(try await signIn("bob@example.com", world) == .signInNotAllowed)
        #expect(try await delivered(world) == 0)
        #expect(try await signIn("ada@example.com", world) == nil)
        #expect(try await delivered(world) == 1)
        #expect(try await world.count(.userCreated) == 1)
    }

    @Test("asks the database for the same work whether the address is known or not", arguments: Engine.all)
    func sameWork(engine: Engine) async throws {
        var world = try await World(engine)
        _ = try await world.visitor("ada@example.com")
        world = try await world.restarted(signUp: .closed)
        for email in ["ada@example.com", "bob@example.com"] {
            let before = try await world.tally()
            let rows = try await world.number("SELECT COUNT(*) FROM outgoing_mail")
            _ = try await world.link(email, by: .browser(OneTimeSecret(random: .system), returnTo: "/"))
            #expect(try await world.events(since: before) == [.magicLinkRequested: 1])
            #expect(try await world.number("SELECT COUNT(*) FROM outgoing_mail") == rows + 1)
        }
    }

    @Test("a disabled person gets no mail and is not signed in, even by a link sent before", arguments: Engine.all)
    func disabled(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let browser = OneTimeSecret(random: .system)
        let before = try await world.link(by: .browser(browser, returnTo: "/"))
        #expect(try await delivered(world) == 2)
        try await world.provider.users.setDisabled(true, ada.user.id, at: .start, from: .server)
        let spent = try await world.provider.magicLinkSignIn.spend(
            before.token, browser: browser, at: .start, from: .desk)
        #expect(spent.refusal == .signInNotAllowed)
        #expect(try await signIn("ada@example.com", world) == .signInNotAllowed)
        #expect(try await delivered(world) == 0)
        try await world.provider.users.setDisabled(false, ada.user.id, at: .start, from: .server)
        #expect(try await signIn("ada@example.com", world) == nil)
    }

    @Test("a proof verifies an address that was not yet verified", arguments: Engine.all)
    func verification(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        try await world.tamper("UPDATE users SET verified_at = NULL")
        let now = Instant.start + .seconds(5)
        let browser = OneTimeSecret(random: .system)
        let token = try await world.link(by: .browser(browser, returnTo: "/"), at: now).token
        let signedIn = try await world.provider.magicLinkSignIn.spend(token, browser: browser, at: now, from: .desk)
        #expect(try signedIn.get().user.verifiedAt == now)
        #expect(try await world.provider.users.find(ada.user.id)?.verifiedAt == now)
    }
}
