import Database
import JOSE
import Testing

@testable import Identity

@Suite("API tokens")
struct APITokensTests {
    @Test("are made with a secret that is not in the database, and work", arguments: Engine.all)
    func minting(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let before = try await world.tally()
        let given = try await world.mint(by: actor).get()
        let token = given.listed.token
        #expect(token.organization == ada.organization.id && token.createdBy == ada.user.id)
        #expect(Set(token.scopes.names) == ["jobs:read", "jobs:write", "bills:read"])
        let active = try await world.use(given.secret).get()
        #expect(active.token.id == token.id && active.organization.id == ada.organization.id)
        #expect(active.scopes.names == token.scopes.names && active.expiresAt == nil)
        #expect(try await world.events(since: before) == [.apiTokenIssued: 1])
        let event = try #require(try await world.events().last { $0.kind == .apiTokenIssued })
        #expect(event.organization == ada.organization.id && event.user == ada.user.id && event.grant != nil)
        #expect(event.requestID == RequestOrigin.desk.requestID)
        #expect(event.detail.contains(token.id.description) && !event.detail.contains(given.secret))
        if Engine.withFiles.contains(engine) {
            #expect(try !world.stores(given.secret))
            #expect(try !world.stores(String(given.secret.dropFirst(19).prefix(43))))
        }
    }

    @Test("are made by owners and admins alone, with a second factor, on a plan that has them", arguments: Engine.all)
    func makers(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let bob = try await world.visitor("bob@example.com")
        try await world.join(bob, ada.organization.id, as: .member)
        let login = try await world.actor(bob.working(in: ada.organization))
        let expected: [(Role, APITokenRefusal?)] = [
            (.viewer, .notAllowed(.mintTokens)), (.member, .notAllowed(.mintTokens)), (.admin, nil),
        ]
        for (role, refusal) in expected {
            _ = try await world.provider.members.changeRole(
                of: bob.user.id, to: role, in: ada.organization.id, by: ada.login, at: .start, from: .desk
            ).get()
            #expect(try await world.mint(by: login).refusal == refusal, "\(role)")
        }
        let unproven = try await world.actor(ada, isProven: false)
        #expect(try await world.mint(by: unproven).refusal == .stepUpRequired)
        #expect(try await world.mint(by: actor, at: .start + .seconds(300)).refusal == .stepUpRequired)
        #expect(try await world.mint(by: actor, at: .start + .seconds(299)).refusal == nil)
        try await world.put(ada.organization.id, on: .free)
        #expect(try await world.mint(by: actor).refusal == .planWithoutTokens(.free))
        #expect(try await world.number("SELECT COUNT(*) FROM api_tokens") == 2)
    }

    @Test("never hold a scope that the login of their maker does not", arguments: Engine.all)
    func scopes(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let narrow = try await world.actor(ada, scopes: ["jobs:read"])
        let full = try await world.mint(by: narrow).get()
        #expect(full.listed.token.scopes == ["jobs:read"])
        let more = Minting(label: "more", access: .custom, scopes: ["jobs:read", "jobs:write"])
        #expect(try await world.mint(more, by: narrow).refusal == .scopeNotHeld("jobs:write"))
        // Nor can a narrow login come by the secret of a token that may do more.
        let wide = try await world.mint(by: try await world.actor(ada)).get()
        #expect(try await world.rotate(wide, by: narrow).refusal == .scopeNotHeld("bills:read"))
        #expect(try await world.use(wide.secret).refusal == nil)
    }

    @Test("lose a scope that is gone from the catalog, at once, and never gain one", arguments: Engine.all)
    func catalog(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let given = try await world.mint(by: actor).get()
        let changed = ResourceServer(
            identifier: ResourceServer.example.identifier, name: "Example",
            scopes: [Scope("jobs:read", "Read jobs"), Scope("jobs:delete", "Remove jobs")])
        try await world.provider.resourceServers.declare(changed, at: .start)
        #expect(try await world.use(given.secret).get().scopes == ["jobs:read"])
    }

    @Test("stay with the organization when their maker leaves it or is disabled", arguments: Engine.all)
    func makerLeaves(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let bob = try await world.visitor("bob@example.com")
        try await world.join(bob, ada.organization.id, as: .admin)
        let login = try await world.actor(bob.working(in: ada.organization))
        let given = try await world.mint(by: login).get()
        _ = try await world.provider.members.remove(
            bob.user.id, from: ada.organization.id, by: ada.login, at: .start, from: .desk
        ).get()
        #expect(try await world.use(given.secret).refusal == nil)
        try await world.provider.users.setDisabled(true, bob.user.id, at: .start, from: .server)
        #expect(try await world.use(given.secret).refusal == nil)
        // But he has no more to do with it.
        await #expect(throws: LoginEnded.self) { _ = try await world.rotate(given, by: login) }
        let id = given.listed.token.id
        let own = try await world.actor(ada)
        #expect(try await world.provider.apiTokens.find(id, by: own, at: .start).get().token.createdBy == bob.user.id)
        #expect(try await world.provider.apiTokens.revoke(id, by: own, at: .start, from: .desk).refusal == nil)
        #expect(try await world.use(given.secret).refusal == .revoked)
    }

    @Test("rest while the plan has none, and go on when it has again", arguments: Engine.all)
    func suspension(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let given = try await world.mint(by: actor).get()
        try await world.put(ada.organization.id, on: .free)
        #expect(try await world.use(given.secret).refusal == .suspended)
        try await world.put(ada.organization.id, on: .pro)
        #expect(try await world.use(given.secret).refusal == nil)
    }

    @Test("of another organization do not exist, for whatever is asked", arguments: Engine.all)
    func tenants(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, ada) = try await world.admin()
        let (_, eve) = try await world.admin("eve@example.com")
        let given = try await world.mint(by: ada).get()
        let (id, tokens) = (given.listed.token.id, world.provider.apiTokens)
        let before = try await world.tally()
        #expect(try await tokens.find(id, by: eve, at: .start).refusal == .unknown)
        #expect(try await tokens.usage(of: id, by: eve, at: .start).refusal == .unknown)
        #expect(try await tokens.rename(id, to: "x", by: eve, at: .start, from: .desk).refusal == .unknown)
        #expect(try await tokens.revoke(id, by: eve, at: .start, from: .desk).refusal == .unknown)
        #expect(try await world.rotate(given, by: eve).refusal == .unknown)
        #expect(try await tokens.list(.first, by: eve, at: .start).get().tokens.total == 0)
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.use(given.secret).refusal == nil)
    }

    @Test("are listed page by page, the newest first, revoked ones among them", arguments: Engine.all)
    func list(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        for number in 1...5 {
            let minting = Minting(label: "token \(number)", access: .readOnly)
            let given = try await world.mint(minting, by: actor, at: .start + .milliseconds(number)).get()
            guard number == 2 else { continue }
            _ = try await world.provider.apiTokens.revoke(given.listed.token.id, by: actor, at: .start, from: .desk)
        }
        let page = try #require(Page(number: 2, limit: 2))
        let paged = try await world.provider.apiTokens.list(page, by: actor, at: .start).get().tokens
        #expect(paged.items.map(\.token.label) == ["token 3", "token 2"] && paged.total == 5)
        #expect(paged.items.map { $0.token.status(on: $0.terms, at: .start) } == [.active, .revoked])
    }

    @Test("are renamed, with one event that tells before and after", arguments: Engine.all)
    func rename(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let (given, before) = (try await world.mint(by: actor).get(), try await world.tally())
        let (id, tokens) = (given.listed.token.id, world.provider.apiTokens)
        for _ in 0..<2 {
            let renamed = try await tokens.rename(id, to: "Deploy", by: actor, at: .start, from: .desk).get()
            #expect(renamed.token.label == "Deploy")
        }
        #expect(try await world.events(since: before) == [.apiTokenRenamed: 1])
        #expect(try await tokens.find(id, by: actor, at: .start).get().token.label == "Deploy")
        _ = try await tokens.revoke(id, by: actor, at: .start, from: .desk)
        #expect(try await tokens.rename(id, to: "x", by: actor, at: .start, from: .desk).refusal == .revoked)
    }

    @Test("stop at an end of their own, and at five hundred of one organization", arguments: Engine.all)
    func limits(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let minting = Minting(label: "short", access: .full, lifetime: .seconds(60))
        let given = try await world.mint(minting, by: actor).get()
        #expect(try await world.use(given.secret, at: .start + .seconds(59)).get().expiresAt == .start + .seconds(60))
        #expect(try await world.use(given.secret, at: .start + .seconds(60)).refusal == .expired)
        try await world.fill(with: given.listed.token.id)
        #expect(try await world.mint(by: actor).refusal == .tooMany)
        _ = try await world.provider.apiTokens.revoke(given.listed.token.id, by: actor, at: .start, from: .desk)
        #expect(try await world.mint(by: actor).refusal == nil)
    }

    @Test("a change of the master key leaves them alive while the former one stands beside", arguments: Engine.all)
    func masterKey(engine: Engine) async throws {
        var world = try await World(engine)
        let (_, actor) = try await world.admin()
        let given = try await world.mint(by: actor).get()
        world = try await world.restarted(master: .second, former: .first)
        #expect(try await world.use(given.secret).refusal == nil)
        world = try await world.restarted(master: .second)
        #expect(try await world.use(given.secret).refusal == .unknown)
    }
}
