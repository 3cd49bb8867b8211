import JOSE
import TestAuthenticators
import Testing

@testable import Identity

@Suite("An operator takes the second factors from someone who has lost them")
struct FactorResetTests {
    private let address = EmailAddress("ada@example.com")

    /// Ada with a passkey, an app and nine codes, and the phone that she has lost: signed in, and shown a second factor.
    private func lost(_ world: World) async throws -> (ada: Enrolled, key: SoftwareAuthenticator) {
        let ada = try await world.enrolled()
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada.visitor, name: "Phone")
        _ = try await world.prove(ada.recoveryCodes[0], ada).get()
        return (ada, key)
    }

    /// How many rows of a second factor someone has, by table.
    private func rows(_ world: World, of user: User.ID) async throws -> [String: Int64] {
        var rows: [String: Int64] = [:]
        for table in ["passkeys", "totp_secrets", "recovery_codes", "wrong_proofs"] {
            rows[table] = try await world.number("SELECT COUNT(*) FROM \(table) WHERE user_id = ?", .id(user))
        }
        return rows
    }

    @Test(
        "they are gone, every one, and nobody else's; what was shown by them counts no more", arguments: Engine.all)
    func factors(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, key) = try await lost(world)
        let bob = try await world.enrolled("bob@example.com")
        var bobs = try SoftwareAuthenticator()
        try await world.passkey(on: &bobs, for: bob.visitor)
        for person in [ada, bob] { _ = try await world.prove(person.wrongCode(at: .start), person) }
        // An app that waits for its first code.
        try await world.tamper(
            """
            INSERT INTO totp_secrets (id, user_id, state, sealed_secret, last_step, created_at)
            SELECT id + 1, user_id, 'pending', sealed_secret, 0, created_at FROM totp_secrets WHERE user_id = ?
            """, .id(ada.user))
        #expect(
            try await rows(world, of: ada.user)
                == ["passkeys": 1, "totp_secrets": 2, "recovery_codes": 10, "wrong_proofs": 1])
        let others = try await rows(world, of: bob.user)
        #expect(others == ["passkeys": 1, "totp_secrets": 1, "recovery_codes": 10, "wrong_proofs": 1])
        #expect(try await world.stepUp(of: ada.visitor) != nil)
        let losses = try await world.factorReset.reset(ada.user, at: .start, from: .command(.users)).get()
        #expect(losses.passkeys.map(\.name) == ["Phone"] && losses.hasApp && losses.recoveryCodes == 9)
        #expect(try await world.provider.stepUps.methods(of: ada.user) == [])
        #expect(try await rows(world, of: ada.user).values.allSatisfy { $0 == 0 })
        #expect(try await rows(world, of: bob.user) == others)
        _ = try await world.prove(bob.code(at: .start), bob).get()
        #expect(try await world.signIn(by: key).refusal == .unknownPasskey)
        #expect(try await world.stepUp(of: ada.visitor) == nil)
        let again = try await world.visitor()
        let login = again.login
        for code in [ada.code(at: .start), ada.recoveryCodes[1]] {
            #expect(try await world.prove(code, ada, on: login).refusal == .notEnrolled)
        }
    }

    @Test(
        "every browser and login of theirs is over, also one that was just let in, and nobody else's",
        arguments: Engine.all)
    func logins(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, key) = try await lost(world)
        let bob = try await world.visitor("bob@example.com")
        let app = try await world.client()
        let (hers, his) = (try await world.tokens(for: ada.visitor, app), try await world.tokens(for: bob, app))
        let byPasskey = try await world.signIn(by: key).get()
        let (waiting, bobs) = (try await world.codes(app), try await world.codes(app))
        try await world.approve(waiting, by: ada.visitor)
        try await world.approve(bobs, by: bob)
        let losses = try await world.factorReset.reset(ada.user, at: .start, from: .command(.users)).get()
        #expect(losses.grants == 1 && losses.sessions == 2)
        for secret in [ada.visitor.secret, byPasskey.secret] {
            #expect(try await world.provider.sessions.authenticate(secret, at: .start) == nil)
        }
        #expect(try await world.refresh(hers.refreshToken, by: app, at: .start).refusal == .revoked)
        #expect(try await world.grant(hers.refreshToken).revocationReason == .secondFactorsReset)
        #expect(try await world.poll(waiting, by: app, at: .start + .seconds(5)).refusal == .denied)
        #expect(try await world.provider.sessions.authenticate(bob.secret, at: .start) != nil)
        _ = try await world.refresh(his.refreshToken, by: app, at: .start).get()
        _ = try await world.poll(bobs, by: app, at: .start + .seconds(5)).get()
    }

    /// How a magic link that was asked for before is used after.
    enum Way: CaseIterable, Sendable {
        case link, digits, approvedBefore, approvedAfter, application
    }

    @Test("a magic link that waits is over, by whichever way it would be used", arguments: Engine.all, Way.allCases)
    func ways(engine: Engine, way: Way) async throws {
        let world = try await World(engine)
        let (ada, _) = try await lost(world)
        let (app, thief) = (try await world.client(), OneTimeSecret(random: .system))
        let asker: MagicLinks.Asker = way == .application ? .application(app) : .browser(thief, returnTo: "/")
        let link = try await world.link(by: asker)
        let signIn = world.provider.magicLinkSignIn
        let matchCode = try await signIn.pending(of: thief, at: .start)?.matchCode ?? ""
        func approve() async throws -> MagicLinkRefusal? {
            try await signIn.approve(link.token, matchCode: matchCode, at: .start, from: .desk).refusal
        }
        if way == .approvedBefore { #expect(try await approve() == nil) }
        _ = try await world.factorReset.reset(ada.user, at: .start, from: .command(.users)).get()
        let refusal: MagicLinkRefusal? =
            switch way {
            case .link: try await signIn.spend(link.token, browser: thief, at: .start, from: .desk).refusal
            case .digits: try await signIn.enter(digits: link.code, browser: thief, at: .start, from: .desk).refusal
            case .approvedBefore: try await signIn.claim(browser: thief, at: .start, from: .desk).refusal
            case .approvedAfter: try await approve()
            case .application:
                try await signIn.redeem(
                    .token(link.token), by: .authenticated(app), at: .start, from: .device
                ).refusal
            }
        #expect(refusal == (way == .approvedBefore ? .unknown : .superseded))
        #expect(try await world.number("SELECT COUNT(*) FROM sessions WHERE ended_at IS NULL") == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM grants") == 0)
    }

    @Test("of the links that wait those of one address are over, nobody else's", arguments: Engine.all)
    func links(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await lost(world)
        for everywhere in [false, true] {
            let (thief, bobs) = (OneTimeSecret(random: .system), OneTimeSecret(random: .system))
            let his = try await world.link("bob@example.com", by: .browser(bobs, returnTo: "/"))
            let link = try await world.link(by: .browser(thief, returnTo: "/"))
            if everywhere {
                try await world.provider.grants.revokeEverything(of: ada.user, at: .start, from: .desk)
            } else {
                _ = try await world.factorReset.reset(ada.user, at: .start, from: .command(.users)).get()
            }
            let signIn = world.provider.magicLinkSignIn
            #expect(
                try await signIn.spend(link.token, browser: thief, at: .start, from: .desk).refusal == .superseded)
            let states = "SELECT COUNT(*) FROM magic_links WHERE state IN ('waiting', 'approved')"
            #expect(try await world.number(states) == 1)
            _ = try await signIn.spend(his.token, browser: bobs, at: .start, from: .desk).get()
        }
    }

    @Test("a browser whose session has ended meanwhile lets no device in", arguments: Engine.all)
    func decidedTooLate(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app)
        let decisions = world.provider.deviceDecisions
        _ = try await decisions.open(codes.userCode, by: ada.authenticated, at: .start, from: .desk).get()
        try await world.provider.grants.revokeEverything(
            of: ada.authenticated.user.id, at: .start, from: .desk)
        await #expect(throws: LoginEnded.self) {
            _ = try await decisions.approve(
                codes.userCode, organization: ada.organization.id, by: ada.authenticated, at: .start, from: .desk)
        }
        #expect(try await world.poll(codes, by: app, at: .start + .seconds(5)).refusal == .authorizationPending)
    }

    @Test(
        "the audit tells each, and the sum; the person is told once, by mail that a server sends",
        arguments: Engine.all)
    func told(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await lost(world)
        let (before, letters) = (try await world.tally(), world.notices.all.count)
        let mails = try await world.number("SELECT COUNT(*) FROM outgoing_mail")
        _ = try await world.factorReset.reset(ada.user, at: .start, from: .command(.users)).get()
        #expect(
            try await world.events(since: before) == [
                .passkeyRemoved: 1, .totpRemoved: 1, .secondFactorsReset: 1, .sessionEnded: 1,
            ])
        let event = try #require(try await world.events().first { $0.kind == .secondFactorsReset })
        #expect(event.user == ada.user)
        #expect(event.detail == #"{"authenticator_app":"confirmed","passkeys":"1","recovery_codes":"9"}"#)
        #expect(
            try await world.number("SELECT COUNT(*) FROM audit_events WHERE address = '' AND user_id IS NOT NULL") == 4)
        #expect(world.notices.all.count == letters + 1)
        let notice = try #require(world.notices.all.last)
        #expect(notice.change == .allRemoved && notice.recipient.text == "ada@example.com")
        #expect(notice.link == World.issuer + "/account")
        #expect(try await world.number("SELECT COUNT(*) FROM outgoing_mail") == mails + 1)
        let outbox = Outbox()
        _ = try await world.provider.mail.deliver(by: outbox, at: .start)
        #expect(outbox.sent.count { $0.subject == "Removed" } == 1)
    }

    @Test(
        "an organization is told that a login has ended, not why: only the operator reads of the reset",
        arguments: Engine.all)
    func toldToOrganizations(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await lost(world)
        let app = try await world.client()
        let login = try await world.tokens(for: ada.visitor, app)
        try await world.approve(try await world.codes(app), by: ada.visitor)
        _ = try await world.factorReset.reset(ada.user, at: .start, from: .command(.users)).get()
        #expect(try await world.grant(login.refreshToken).revocationReason == .secondFactorsReset)
        // People come by requests, which have names.
        let events = try await world.events().filter(\.requestID.isEmpty)
        let told = events.filter { $0.organization != nil }
        #expect(
            told.map(\.kind) == [.grantRevoked]
                && told.first?.detail == #"{"after":"revoked","before":"active","reason":"signed_out"}"#)
        #expect(told.first?.organization == ada.visitor.organization.id)
        let turnedAway = try #require(events.first { $0.kind == .deviceAuthorizationDenied })
        #expect(turnedAway.detail.contains(#""reason":"second_factors_reset""#))
        #expect(events.contains { $0.kind == .secondFactorsReset })
    }

    @Test("a new one is set up without showing any, also by who had guessed wrong before", arguments: Engine.all)
    func again(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        for _ in 0..<WrongProofs.maximum { _ = try await world.prove(ada.wrongCode(at: .start), ada) }
        #expect(try await world.prove(ada.code(at: .start + .seconds(60)), ada).refusal?.reason == .locked)
        _ = try await world.factorReset.reset(ada.user, at: .start, from: .command(.users)).get()
        let new = try await world.enrolled(at: .start + .seconds(60))
        #expect(new.user == ada.user && new.recoveryCodes.count == 10)
        #expect(try await world.provider.stepUps.methods(of: ada.user) == [.totp, .recoveryCode])
    }

    @Test("where there is nobody or nothing, nothing is written", arguments: Engine.all)
    func nothing(engine: Engine) async throws {
        let world = try await World(engine)
        let bob = try await world.visitor("bob@example.com")
        let reset = world.factorReset
        let before = try await world.tally()
        #expect(try await reset.losses(of: try #require(address), at: .start).refusal == .unknown)
        #expect(try await reset.losses(of: bob.user.email, at: .start).refusal == .nothingToRemove)
        #expect(try await reset.reset(bob.user.id, at: .start, from: .command(.users)).refusal == .nothingToRemove)
        #expect(try await reset.reset(.init(rawValue: 1), at: .start, from: .command(.users)).refusal == .unknown)
        #expect(try await world.events(since: before) == [:] && world.notices.all.isEmpty)
        #expect(try await world.provider.sessions.authenticate(bob.secret, at: .start) != nil)
    }

    @Test(
        "looking at what there is to lose changes nothing, whatever the case of the address, and counts what is alive",
        arguments: Engine.all)
    func looking(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, key) = try await lost(world)
        let (app, bob) = (try await world.client(), try await world.visitor("bob@example.com"))
        for visitor in [ada.visitor, bob] { _ = try await world.tokens(for: visitor, app) }
        let over = (session: try await world.visitor(), grant: try await world.tokens(for: ada.visitor, app))
        try await world.tamper(
            "UPDATE sessions SET expires_at = 1 WHERE id = ?", .id(over.session.authenticated.session.id))
        try await world.tamper(
            "UPDATE grants SET expires_at = 1 WHERE id = ?", .id(try await world.grant(over.grant.refreshToken).id))
        let before = try await world.tally()
        let losses = try await world.factorReset.losses(of: try #require(EmailAddress("ADA@Example.com")), at: .start)
            .get()
        #expect(losses.user.id == ada.user && losses.recoveryCodes == 9)
        #expect(losses.passkeys.map(\.name) == ["Phone"] && losses.hasApp)
        #expect(losses.sessions == 1 && losses.grants == 1)
        #expect(try await world.events(since: before) == [:])
        _ = try await world.signIn(by: key).get()
    }
}
