import Database
import JOSE
import Testing

@testable import Identity

@Suite("Grants")
struct GrantsTests {
    @Test("are one a login: each device has its own", arguments: Engine.all)
    func onePerLogin(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let (one, two) = (try await world.tokens(for: ada, app), try await world.tokens(for: ada, app))
        let (first, second) = (try await world.grant(one.refreshToken), try await world.grant(two.refreshToken))
        #expect(first.id != second.id)
        #expect(await world.revoke(first, by: ada))
        #expect(try await world.refresh(one.refreshToken, by: app, at: .start).refusal == .revoked)
        #expect(try await world.refresh(two.refreshToken, by: app, at: .start).refusal == nil)
    }

    @Test("are ended by their person, once, and by no other", arguments: Engine.all)
    func revocation(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let app = try await world.client()
        let token = try await world.tokens(for: ada, app).refreshToken
        let grant = try await world.grant(token)
        #expect(await !world.revoke(grant, by: bob))
        #expect(try await world.provider.grants.standing(of: grant.id, at: .start).refusal == nil)
        #expect(await world.revoke(grant, by: ada))
        #expect(await !world.revoke(grant, by: ada))
        #expect(try await world.provider.grants.standing(of: grant.id, at: .start).refusal == .revoked)
        #expect(try await world.count(.grantRevoked) == 1)
        #expect(try await world.grant(token).revocationReason == .signedOut)
    }

    @Test("are over where another version has ended them for a reason that is not known here", arguments: Engine.all)
    func unknownReason(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let (one, two) = (try await world.tokens(for: ada, app), try await world.tokens(for: ada, app))
        let ended = try await world.grant(one.refreshToken)
        try await world.tamper(
            "UPDATE grants SET revoked_at = ?, revocation_reason = 'key_ceremony' WHERE id = ?", .time(.start),
            .id(ended.id))
        let read = try await world.grant(one.refreshToken)
        #expect(read.revokedAt == .start && read.revocationReason == nil && !read.isAlive(at: .start))
        #expect(try await world.refresh(one.refreshToken, by: app, at: .start).refusal == .revoked)
        #expect(try await world.provider.grants.standing(of: ended.id, at: .start).refusal == .revoked)
        #expect(try await world.refresh(two.refreshToken, by: app, at: .start).refusal == nil)
        let living = try await world.provider.grants.all(of: ada.user.id, at: .start).map(\.grant.id)
        #expect(living == [try await world.grant(two.refreshToken).id])
        let told = try await world.database.read { try Revocation.all(after: .start - .seconds(1), in: $0) }
        #expect(told.contains { $0.name == ended.id.description })
        // The first reason stays, whoever ends it once more.
        #expect(await !world.revoke(ended, by: ada))
        try await world.provider.grants.revokeEverything(of: ada.user.id, at: .start + .seconds(1), from: .desk)
        let kept = "SELECT COUNT(*) FROM grants WHERE revocation_reason = 'key_ceremony' AND revoked_at = ?"
        #expect(try await world.number(kept, .time(.start)) == 1)
    }

    @Test("are given back by their own client alone (RFC 7009)", arguments: Engine.all)
    func givenBack(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let (app, other) = (try await world.client(), try await world.client("other"))
        let token = try await world.tokens(for: ada, app).refreshToken
        let id = try await world.grant(token).id
        try await world.provider.grants.revoke(id, by: other.id, at: .start, from: .device)
        #expect(try await world.grant(token).revokedAt == nil)
        for _ in 0..<2 { try await world.provider.grants.revoke(id, by: app.id, at: .start, from: .device) }
        #expect(try await world.grant(token).revocationReason == .revokedByClient)
        #expect(try await world.count(.grantRevoked) == 1)
        try await world.provider.grants.revoke(.init(rawValue: 1), by: app.id, at: .start, from: .device)
    }

    @Test("all end at once with all sessions, of one person and no other", arguments: Engine.all)
    func everything(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let app = try await world.client()
        let tokens = [try await world.tokens(for: ada, app), try await world.tokens(for: ada, app)]
        let others = try await world.tokens(for: bob, app)
        try await world.provider.grants.revokeEverything(of: ada.user.id, at: .start, from: .desk)
        for token in tokens {
            #expect(try await world.refresh(token.refreshToken, by: app, at: .start).refusal == .revoked)
        }
        #expect(try await world.provider.sessions.authenticate(ada.secret, at: .start) == nil)
        #expect(try await world.refresh(others.refreshToken, by: app, at: .start).refusal == nil)
        #expect(try await world.provider.sessions.authenticate(bob.secret, at: .start) != nil)
        #expect(try await world.count(.grantRevoked) == 2)
    }

    @Test("with all ends a device that was let in and has not fetched its tokens: it gets none", arguments: Engine.all)
    func letIn(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let app = try await world.client()
        let (hers, his) = (try await world.codes(app), try await world.codes(app))
        try await world.approve(hers, by: ada)
        try await world.approve(his, by: bob)
        try await world.provider.grants.revokeEverything(of: ada.user.id, at: .start, from: .desk)
        for _ in 0..<2 {
            #expect(try await world.poll(hers, by: app, at: .start + .seconds(5)).refusal == .denied)
        }
        #expect(try await world.poll(his, by: app, at: .start + .seconds(5)).refusal == nil)
        #expect(try await world.count(.deviceAuthorizationDenied) == 1)
        #expect(try await world.count(.grantIssued) == 1)
    }

    @Test("are listed for their person while they live, the newest first", arguments: Engine.all)
    func list(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        let app = try await world.client()
        var tokens: [String] = []
        for second in 0..<3 {
            tokens.append(try await world.tokens(for: ada, app, at: .start + .seconds(second)).refreshToken)
        }
        _ = try await world.tokens(for: bob, app)
        let now = Instant.start + .seconds(3)
        _ = await world.revoke(try await world.grant(tokens[1]), by: ada)
        let listed = try await world.provider.grants.all(of: ada.user.id, at: now)
        #expect(listed.map(\.grant.id) == [try await world.grant(tokens[2]).id, try await world.grant(tokens[0]).id])
        #expect(listed.map(\.clientName) == ["App app", "App app"])
        #expect(listed.map(\.organization.id) == [ada.organization.id, ada.organization.id])
        let muchLater = Instant.start + .seconds(31 * 86_400)
        #expect(try await world.provider.grants.all(of: ada.user.id, at: muchLater).isEmpty)
    }

    @Test("stand while all they stand on does", arguments: Engine.all)
    func standing(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let id = try await world.grant(try await world.tokens(for: ada, app).refreshToken).id
        let (grants, users) = (world.provider.grants, world.provider.users)
        let active = try await grants.standing(of: id, at: .start).get()
        #expect(active.user.id == ada.user.id)
        #expect(active.client.id == app.id)
        #expect(active.membership.organization.id == ada.organization.id)
        #expect(try await grants.standing(of: .init(rawValue: 1), at: .start).refusal == .unknown)
        #expect(try await grants.standing(of: id, at: .start + Grant.lifetime).refusal == .expired)
        try await users.setDisabled(true, ada.user.id, at: .start, from: .server)
        #expect(try await grants.standing(of: id, at: .start).refusal == .standing(.userDisabled))
        try await users.setDisabled(false, ada.user.id, at: .start, from: .server)
        try await world.loseMembership(ada)
        #expect(try await grants.standing(of: id, at: .start).refusal == .standing(.notAMember))
    }
}

@Suite("Switching to another organization")
struct OrganizationSwitchTests {
    private struct Scene: Sendable {
        let world: World
        let ada: Visitor
        let app: Client
        let second: Organization.ID
        let token: String

        init(_ engine: Engine) async throws {
            world = try await World(engine)
            ada = try await world.visitor()
            app = try await world.client()
            second = try await world.provider.organizations.create(
                name: "Second", slug: "second", owner: ada.user.id, at: .start, from: .server)
            token = try await world.tokens(for: ada, app, scopes: ["jobs:read"]).refreshToken
        }

        func active() async throws -> Grants.Active {
            try await world.provider.grants.standing(of: try await world.grant(token).id, at: .start).get()
        }

        func change(
            to organization: String, from active: Grants.Active, at now: Instant = .start
        ) async throws -> Result<TokenSet, SwitchRefusal> {
            try await world.provider.organizationSwitch.switch(from: active, to: organization, at: now, from: .device)
        }
    }

    @Test("gives a grant of its own with the same scopes and proof; the former stays", arguments: Engine.all)
    func switching(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let active = try await scene.active()
        for name in ["second", scene.second.description] {
            let tokens = try await scene.change(to: name, from: active).get()
            let claims = try scene.world.claims(tokens.accessToken)
            #expect(claims["org"] == .string(scene.second.description))
            #expect(claims["scope"] == .string("jobs:read"))
            #expect(claims["auth_time"] == .integer(Instant.start.seconds))
            #expect(try await scene.world.refresh(tokens.refreshToken, by: scene.app, at: .start).refusal == nil)
        }
        #expect(try await scene.world.refresh(scene.token, by: scene.app, at: .start).refusal == nil)
    }

    @Test("to one the person does not belong to is refused as if there were none", arguments: Engine.all)
    func foreign(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let bob = try await scene.world.visitor("bob@example.com")
        let active = try await scene.active()
        for name in [bob.organization.slug, bob.organization.id.description, "no-such", "", "SECOND"] {
            #expect(try await scene.change(to: name, from: active).refusal == .notAMember)
        }
    }

    @Test("does not prolong a login: the new grant ends when the first one would", arguments: Engine.all)
    func lifetime(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let later = Instant.start + .seconds(20 * 86_400)
        let tokens = try await scene.change(to: "second", from: try await scene.active(), at: later).get()
        #expect(try await scene.world.grant(tokens.refreshToken).expiresAt == .start + Grant.lifetime)
    }

    @Test("is over with the grant: one that was just ended begets no other", arguments: Engine.all)
    func ended(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let active = try await scene.active()
        try await scene.world.provider.grants.revokeEverything(of: scene.ada.user.id, at: .start, from: .desk)
        await #expect(throws: LoginEnded.self) { _ = try await scene.change(to: "second", from: active) }
        #expect(try await scene.world.count(.grantIssued) == 1)
    }

    @Test("needs a client and a person that still may", arguments: Engine.all)
    func ground(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let active = try await scene.active()
        let provider = scene.world.provider
        try await provider.clients.setDisabled(true, scene.app.id, at: .start, from: .server)
        await #expect(throws: LoginEnded.self) { _ = try await scene.change(to: "second", from: active) }
        try await provider.clients.setDisabled(false, scene.app.id, at: .start, from: .server)
        try await provider.users.setDisabled(true, scene.ada.user.id, at: .start, from: .server)
        await #expect(throws: LoginEnded.self) { _ = try await scene.change(to: "second", from: active) }
        #expect(try await scene.world.count(.grantIssued) == 1)
    }
}

extension World {
    fileprivate func revoke(_ grant: Grant, by visitor: Visitor) async -> Bool {
        (try? await provider.grants.revoke(grant.id, of: visitor.user.id, at: .start, from: .desk)) == true
    }
}
