import Database
import JOSE
import Testing

@testable import Identity

@Suite("Invitations")
struct InvitationTests {
    private struct Scene: Sendable {
        let world: World
        let ada: Visitor
        var id: Organization.ID { ada.organization.id }

        init(_ engine: Engine, signUp: SignUpPolicy = .open) async throws {
            let open = try await World(engine)
            ada = try await open.visitor()
            world = try await open.restarted(signUp: signUp)
        }

        func accept(
            _ token: String, by login: Login, at now: Instant = .start
        ) async throws -> Result<Membership, InvitationRefusal> {
            try await world.provider.invitationAcceptance.accept(.token(token), by: login, at: now, from: .desk)
        }

        func invite(
            _ email: String, as role: Role = .member, by actor: Visitor? = nil, at now: Instant = .start
        ) async throws -> OrganizationRefusal? {
            try await world.provider.invitations.invite(
                try #require(EmailAddress(email)), as: role, to: id, by: (actor ?? ada).login, at: now, from: .desk
            ).refusal
        }
    }

    @Test("let the invited person in once, with the role they name", arguments: Engine.all)
    func accepting(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let bob = try await scene.world.visitor("Bob@example.com")
        let token = try await scene.world.invite("bob@EXAMPLE.com", as: .admin, to: scene.id, by: scene.ada)
        let before = try await scene.world.tally()
        let outcomes = try await inParallel(8) { _ in try await scene.accept(token, by: bob.login) }
        #expect(outcomes.filter { $0.refusal == nil }.count == 1)
        #expect(outcomes.compactMap(\.refusal).allSatisfy { $0 == .used })
        #expect(try await scene.world.role(of: bob, in: scene.id) == .admin)
        #expect(try await scene.world.events(since: before) == [.invitationAccepted: 1, .membershipCreated: 1])
    }

    @Test("are bound to the address: no one else gets in by the token, and it stays good", arguments: Engine.all)
    func bound(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let eve = try await scene.world.visitor("eve@example.com")
        let bob = try await scene.world.visitor("bob@example.com")
        let token = try await scene.world.invite("bob@example.com", to: scene.id, by: scene.ada)
        #expect(try await scene.accept(token, by: eve.login).refusal == .otherAddress)
        try await scene.world.tamper("UPDATE users SET verified_at = NULL WHERE id = ?", .integer(bob.user.id.rawValue))
        #expect(try await scene.accept(token, by: bob.login).refusal == .otherAddress)
        try await scene.world.tamper("UPDATE users SET verified_at = 1 WHERE id = ?", .integer(bob.user.id.rawValue))
        let id = try await scene.world.provider.invitationAcceptance.inspect(token, at: .start).get().invitation.id
        let acceptance = scene.world.provider.invitationAcceptance
        #expect(try await acceptance.accept(.id(id), by: eve.login, at: .start, from: .desk).refusal == .unknown)
        #expect(try await scene.world.role(of: eve, in: scene.id) == nil)
        #expect(try await acceptance.accept(.id(id), by: bob.login, at: .start, from: .desk).refusal == nil)
    }

    @Test("end after seven days, when sent again, and when withdrawn", arguments: Engine.all)
    func ending(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let bob = try await scene.world.visitor("bob@example.com")
        let first = try await scene.world.invite("bob@example.com", to: scene.id, by: scene.ada)
        let second = try await scene.world.invite("bob@example.com", to: scene.id, by: scene.ada)
        #expect(try await scene.accept(first, by: bob.login).refusal == .superseded)
        let end = Instant.start + Invitation.lifetime
        #expect(try await scene.accept(second, by: bob.login, at: end).refusal == .expired)
        let (invitations, acceptance) = (scene.world.provider.invitations, scene.world.provider.invitationAcceptance)
        #expect(try await acceptance.offers(to: bob.user, at: .start).count == 1)
        #expect(try await acceptance.offers(to: bob.user, at: end).isEmpty)
        let id = try await acceptance.inspect(second, at: .start).get().invitation.id
        for expected in [nil, OrganizationRefusal.unknown] {
            let revoked = try await invitations.revoke(
                id, in: scene.id, by: scene.ada.login, at: .start, from: .desk)
            #expect(revoked.refusal == expected)
        }
        #expect(try await scene.accept(second, by: bob.login).refusal == .revoked)
        #expect(try await scene.accept("lki_nonsense", by: bob.login).refusal == .unknown)
        #expect(try await acceptance.offers(to: bob.user, at: .start).isEmpty)
    }

    @Test("are answered and sent alike for addresses with and without an account", arguments: Engine.all)
    func noOracle(engine: Engine) async throws {
        let scene = try await Scene(engine)
        _ = try await scene.world.visitor("known@example.com")
        for email in ["known@example.com", "unknown@example.com"] {
            #expect(try await scene.invite(email) == nil)
        }
        #expect(try await scene.invite("ADA@example.com") == .alreadyMember)
        let outbox = Outbox()
        _ = try await scene.world.provider.mail.deliver(by: outbox, at: .start)
        let recipients = outbox.sent.filter { $0.subject == "Invitation" }.map(\.recipient.text)
        #expect(recipients.sorted() == ["known@example.com", "unknown@example.com"])
    }

    @Test("are a way in where sign-up is closed, for the invited address alone", arguments: Engine.all)
    func closedSignUp(engine: Engine) async throws {
        let scene = try await Scene(engine, signUp: .closed)
        let token = try await scene.world.invite("bob@example.com", to: scene.id, by: scene.ada)
        let browser = OneTimeSecret(random: .system)
        let letter = try await scene.world.link("bob@example.com", by: .browser(browser, returnTo: "/organization"))
        let signIn = scene.world.provider.magicLinkSignIn
        let bob = try await signIn.spend(letter.token, browser: browser, at: .start, from: .desk).get()
        let login = try #require(try await scene.world.provider.sessions.authenticate(bob.secret, at: .start)).login
        #expect(try await scene.world.provider.organizations.memberships(of: bob.user.id).isEmpty)
        #expect(try await scene.accept(token, by: login).get().role == .member)
        let other = try await scene.world.link("eve@example.com", by: .browser(browser, returnTo: "/"))
        let refused = try await signIn.spend(other.token, browser: browser, at: .start, from: .desk)
        #expect(refused.refusal == .signInNotAllowed)
        let outbox = Outbox()
        _ = try await scene.world.provider.mail.deliver(by: outbox, at: .start)
        #expect(!outbox.sent.contains { $0.recipient.text == "eve@example.com" })
    }

    @Test("that are over are no way in where sign-up is closed", arguments: Engine.all)
    func closedSignUpLater(engine: Engine) async throws {
        let scene = try await Scene(engine, signUp: .closed)
        _ = try await scene.world.invite("bob@example.com", to: scene.id, by: scene.ada)
        let (browser, later) = (OneTimeSecret(random: .system), Instant.start + Invitation.lifetime)
        let letter = try await scene.world.link("bob@example.com", by: .browser(browser, returnTo: "/"), at: later)
        let refused = try await scene.world.provider.magicLinkSignIn.spend(
            letter.token, browser: browser, at: later, from: .desk)
        #expect(refused.refusal == .signInNotAllowed)
    }

    @Test("are sent by who may, for roles they may give", arguments: Engine.all)
    func permissions(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let bob = try await scene.world.visitor("bob@example.com")
        #expect(try await scene.invite("cy@example.com", by: bob) == .unknown)
        try await scene.world.join(bob, scene.id, as: .member)
        #expect(try await scene.invite("cy@example.com", by: bob) == .notAllowed(.invite))
        _ = try await scene.world.provider.members.changeRole(
            of: bob.user.id, to: .admin, in: scene.id, by: scene.ada.login, at: .start, from: .desk)
        #expect(try await scene.invite("cy@example.com", as: .owner, by: bob) == .notAllowed(.changeOwners))
        #expect(try await scene.invite("cy@example.com", as: .admin, by: bob) == nil)
        #expect(try await scene.invite("dy@example.com", as: .owner, at: .start + .seconds(1)) == nil)
        let listed = try await scene.world.provider.invitations.list(.first, of: scene.id, by: bob.user.id).get()
        #expect(listed.items.map(\.role) == [.owner, .admin] && listed.total == 2)
        let owners = try #require(listed.items.first)
        let refused = try await scene.world.provider.invitations.revoke(
            owners.id, in: scene.id, by: bob.login, at: .start, from: .desk)
        #expect(refused.refusal == .notAllowed(.changeOwners))
        let elsewhere = try await scene.world.provider.invitations.revoke(
            owners.id, in: bob.organization.id, by: bob.login, at: .start, from: .desk)
        #expect(elsewhere.refusal == .unknown)
    }

    @Test("are no more than a hundred waiting and two hundred a day", arguments: Engine.all)
    func limits(engine: Engine) async throws {
        let scene = try await Scene(engine)
        for number in 0..<100 { #expect(try await scene.invite("p\(number)@example.com") == nil) }
        #expect(try await scene.invite("one-more@example.com") == .tooManyInvitations)
        for _ in 0..<100 { #expect(try await scene.invite("p0@example.com") == nil) }
        #expect(try await scene.invite("p0@example.com") == .tooManyInvitations)
        #expect(try await scene.invite("p0@example.com", at: .start + .seconds(86_400)) == nil)
        let waiting = try await scene.world.number("SELECT COUNT(*) FROM invitations WHERE state = 'waiting'")
        #expect(waiting == 100)
    }

    @Test("leave no token in the database", arguments: Engine.withFiles)
    func atRest(engine: Engine) async throws {
        let scene = try await Scene(engine)
        let token = try await scene.world.invite("bob@example.com", to: scene.id, by: scene.ada)
        try #require(token.hasPrefix("lki_"))
        #expect(try !scene.world.stores(token))
        #expect(try !scene.world.stores(String(token.dropFirst(4))))
        #expect(try !(await scene.world.events()).contains { $0.detail.contains(token) })
    }

    @Test("are forgotten a month after their end", arguments: Engine.all)
    func forgetting(engine: Engine) async throws {
        let scene = try await Scene(engine)
        _ = try await scene.world.invite("bob@example.com", to: scene.id, by: scene.ada)
        let end = Instant.start + Invitation.lifetime + .seconds(30 * 86_400)
        _ = try await scene.world.provider.sweep.removeBatch(at: end)
        #expect(try await scene.world.number("SELECT COUNT(*) FROM invitations") == 1)
        _ = try await scene.world.provider.sweep.removeBatch(at: end + .microseconds(1))
        #expect(try await scene.world.number("SELECT COUNT(*) FROM invitations") == 0)
    }
}
