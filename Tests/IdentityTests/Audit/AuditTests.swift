import Database
import JOSE
import TestAuthenticators
import Testing

@testable import Identity

@Suite("The audit")
struct AuditTests {
    @Test(
        "tells of each change in the transaction of that change: neither is there without the other",
        arguments: Engine.all)
    func together(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let before = try await world.tally()
        let audit = world.provider.audit
        await #expect(throws: CancellationError.self) {
            try await world.database.write { transaction in
                try transaction.run("UPDATE users SET name = 'Eve'")
                try audit.record(AuditEvent(.userRenamed), in: transaction, at: .start, from: .desk)
                throw CancellationError()
            }
        }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.provider.users.find(ada.user.id)?.name == "ada")
    }

    @Test("a change whose event cannot be written does not happen", arguments: Engine.all)
    func required(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        // An audit that draws one identifier only, and it is taken.
        let constant = RandomSource { $0.initializeMemory(as: UInt8.self, repeating: 0) }
        let audit = AuditTrail(database: world.database, random: constant)
        try await world.database.write { try audit.record(AuditEvent(.userEnabled), in: $0, at: .start, from: .server) }
        let users = Users(
            database: world.database, random: .system, audit: audit, organizations: world.provider.organizations,
            logins: world.provider.logins, signUp: .open)
        await #expect(throws: DatabaseFailure.self) {
            _ = try await users.rename(by: ada.login, to: "Eve", at: .start, from: .desk)
        }
        #expect(try await users.find(ada.user.id)?.name == "ada")
    }

    @Test("knows who did what, in which request, and when", arguments: Engine.all)
    func facts(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let token = try await world.tokens(for: ada, app, scopes: ["jobs:read"]).refreshToken
        let event = try #require(try await world.events().last { $0.kind == .grantIssued })
        #expect(event.user == ada.user.id)
        #expect(event.client == app.id)
        #expect(event.organization == ada.organization.id)
        #expect(event.grant == (try await world.grant(token)).id)
        #expect(event.requestID == RequestOrigin.device.requestID)
        #expect(event.detail == #"{"after":"active","scope":"jobs:read"}"#)
        #expect(
            try await world.number(
                "SELECT COUNT(*) FROM audit_events WHERE at = ?", .integer(Instant.start.microseconds)) > 5)
    }

    @Test("writes the facts of an event in alphabetical order, as JSON", arguments: Engine.all)
    func detail(engine: Engine) async throws {
        let world = try await World(engine)
        let audit = world.provider.audit
        let event = AuditEvent(.userRenamed, detail: ["b": "\"\n", "a": "é", "c": ""])
        try await world.database.write { try audit.record(event, in: $0, at: .start, from: .server) }
        let written = try await world.events().last { $0.kind == .userRenamed }?.detail
        #expect(written == #"{"a":"é","b":"\"\n","c":""}"#)
    }

    @Test("tells of every kind of change that there is", arguments: Engine.all)
    func everyKind(engine: Engine) async throws {
        let world = try await World(engine)
        let setup = world.provider.setup
        let email = try #require(EmailAddress("owner@example.com"))
        let request = Setup.Request(email: email, name: "Owner", organization: "Engines", slug: nil)
        let link = try #require(try await setup.issue(at: .start)).text
        _ = try await setup.claim(link, request, at: .start, from: .desk)
        let (provider, ada) = (world.provider, try await world.visitor())
        let app = try await world.client()
        _ = try await world.client { $0.name = "Changed" }
        _ = try await provider.users.rename(by: ada.login, to: "Ada", at: .start, from: .desk)
        for isDisabled in [true, false] {
            try await provider.users.setDisabled(isDisabled, ada.user.id, at: .start, from: .server)
        }
        let first = try await world.tokens(for: ada, app).refreshToken
        for key in ["once", "once", "twice"] {
            _ = try await world.refresh(first, by: app, key: key, at: .start)
        }
        let denied = try await world.codes(app)
        let decisions = provider.deviceDecisions
        _ = try await decisions.open(denied.userCode, by: ada.authenticated, at: .start, from: .desk)
        _ = try await decisions.deny(denied.userCode, by: ada.authenticated, at: .start, from: .desk)
        for _ in 0..<5 { _ = try await decisions.open(nil, by: ada.authenticated, at: .start, from: .desk) }
        let (browser, later) = (OneTimeSecret(random: .system), Instant.start + .seconds(1))
        let letter = try await world.link(by: .browser(browser, returnTo: "/"), at: later)
        let signIn = provider.magicLinkSignIn
        let match = try #require(try await signIn.pending(of: browser, at: later)).matchCode
        _ = try await signIn.approve(letter.token, matchCode: match, at: later, from: .desk)
        for attempt in 0..<5 {
            _ = try await signIn.enter(digits: letter.wrongCode(attempt), browser: browser, at: later, from: .desk)
        }
        try await usePasskeys(ada, world)
        try await stepUp(world)
        try await resetFactors(world)
        try await provider.grants.revokeEverything(of: ada.user.id, at: .start, from: .desk)
        try await changeOrganization(try await world.visitor(), world)
        try await changeTokens(world)
        _ = try await ResourceServerRegistry(database: world.database).remove("https://api.example.com", at: .start)
        try await changeWebhooks(world)
        _ = try await Restoration(database: world.database).finish(takenAt: nil, at: .start)
        try await rotateKeys(world)
        let written = try await world.restarted(master: .second, former: .first).events()
        #expect(Set(AuditEvent.Kind.allCases).subtracting(written.map(\.kind)) == [])
        for event in written where !Self.occurrences.contains(event.kind) {
            #expect(event.detail.contains(#""before"#) || event.detail.contains(#""after"#), "\(event)")
        }
    }

    /// What changes nothing that has a value, or so much that other events or its own detail tell it.
    private static let occurrences: Set<AuditEvent.Kind> = [
        .userCodeLockout, .refreshTokenReuse, .refreshTokenRepeated, .passkeyUsed, .passkeyCounterRegressed,
        .recoveryCodeUsed, .stepUpProven, .stepUpLocked, .secondFactorsReset, .apiTokenUsed, .webhookTested,
        .webhookDeliveryReplayed, .databaseRestored, .masterKeyChanged, .resourceServerDeclared,
    ]

    /// An operator takes an app away.
    private func resetFactors(_ world: World) async throws {
        let grace = try await world.enrolled("grace@example.com")
        _ = try await world.factorReset.reset(grace.user, at: .start, from: .command(.users)).get()
    }

    /// A passkey is made, renamed, used, copied and removed.
    private func usePasskeys(_ ada: Visitor, _ world: World) async throws {
        var key = try SoftwareAuthenticator()
        let passkey = try await world.passkey(on: &key, for: ada)
        for _ in 0..<2 { _ = try await world.signIn(by: key, Saying { $0.signCount = 1 }) }
        let passkeys = world.provider.passkeys
        _ = try await passkeys.rename(passkey.id, by: ada.login, to: "Laptop", at: .start, from: .desk).get()
        let shown = StepUp(.passkey, at: .start)
        try await passkeys.remove(passkey.id, by: ada.login, stepUp: shown, at: .start, from: .desk).get()
    }

    /// Everything that happens to an authenticator app.
    private func stepUp(_ world: World) async throws {
        let eve = try await world.enrolled("eve@example.com")
        for _ in 0..<5 { _ = try await world.prove(eve.wrongCode(at: .start), eve) }
        let later = Instant.start + .seconds(900)
        let proof = try await world.prove(eve.recoveryCodes[0], eve, at: later).get()
        _ = try await world.provider.authenticatorApps.remove(by: eve.login, stepUp: proof, at: later, from: .desk)
            .get()
    }

    /// Everything that happens to an API token.
    private func changeTokens(_ world: World) async throws {
        let (_, actor) = try await world.admin("cy@example.com")
        let given = try await world.mint(by: actor).get()
        let (tokens, id) = (world.provider.apiTokens, given.listed.token.id)
        _ = try await world.use(given.secret).get()
        try await tokens.flushUses()
        _ = try await tokens.rename(id, to: "Deploy", by: actor, at: .start, from: .desk).get()
        _ = try await world.rotate(given, by: actor).get()
        _ = try await tokens.revoke(id, by: actor, at: .start, from: .desk).get()
    }

    /// Everything that happens to a webhook.
    private func changeWebhooks(_ world: World) async throws {
        let (_, actor) = try await world.admin("dee@example.com")
        let (webhooks, given) = (world.provider.webhooks, try await world.webhook(by: actor))
        let id = given.webhook.id
        _ = try await webhooks.update(id, .init(isEnabled: false), by: actor, at: .start, from: .desk).get()
        _ = try await webhooks.update(id, .init(isEnabled: true), by: actor, at: .start, from: .desk).get()
        _ = try await webhooks.rotate(id, overlap: .zero, by: actor, at: .start, from: .desk).get()
        let test = try await webhooks.test(id, by: actor, at: .start, from: .desk).get()
        _ = try await world.send(to: id, Receiver([.answered(status: 200, body: "")]))
        _ = try await webhooks.replay(test.id, by: actor, at: .start, from: .desk).get()
        _ = try await world.send(to: id, Receiver([.answered(status: 410, body: "")]))
        _ = try await webhooks.delete(id, by: actor, at: .start, from: .desk).get()
    }

    /// A key is planned, brought forward, takes over, and the one before goes.
    private func rotateKeys(_ world: World) async throws {
        let (keys, later) = (world.operatorsKeys, Instant.start + .seconds(89 * 86_400))
        let first = try world.activeKey
        _ = try await world.provider.signingKeyUpkeep.look(at: later)
        for urgency in [SigningKeys.Urgency.whenKnown, .now] {
            _ = try await keys.rotate(urgency, at: later, from: .command(.keys)).get()
        }
        _ = try await keys.remove(first, isCompromised: true, at: later, from: .command(.keys)).get()
    }

    /// Everything that happens to an organization, its members and its invitations.
    private func changeOrganization(_ ada: Visitor, _ world: World) async throws {
        let (provider, id) = (world.provider, ada.organization.id)
        let bob = try await world.visitor("bob@example.com")
        _ = try await provider.organizations.rename(id, to: "Acme", by: ada.login, at: .start, from: .desk)
        _ = try await provider.organizations.changePlan(of: id, to: .pro, at: .start, from: .server)
        let tokens = try await world.invite("bob@example.com", twice: true, to: id, by: ada)
        let acceptance = provider.invitationAcceptance
        _ = try await acceptance.accept(.token(tokens), by: bob.login, at: .start, from: .desk).get()
        let cy = try #require(EmailAddress("cy@example.com"))
        let invitation = try await provider.invitations.invite(
            cy, as: .viewer, to: id, by: ada.login, at: .start, from: .desk
        ).get()
        _ = try await provider.invitations.revoke(invitation.id, in: id, by: ada.login, at: .start, from: .desk)
        let members = provider.members
        _ = try await members.changeRole(of: bob.user.id, to: .admin, in: id, by: ada.login, at: .start, from: .desk)
        _ = try await members.remove(bob.user.id, from: id, by: ada.login, at: .start, from: .desk)
    }

    @Test("never holds a secret", arguments: Engine.withFiles)
    func secrets(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client { $0.secret = "s3cret-canary" })
        let codes = try await world.codes(app)
        try await world.approve(codes, by: ada)
        let first = try await world.poll(codes, by: app).get()
        let second = try await world.refresh(first.refreshToken, by: app, key: "key-canary", at: .start).get()
        _ = try await world.refresh(first.refreshToken, by: app, key: "key-canary", at: .start)
        _ = try await world.refresh(first.refreshToken, by: app, at: .start)
        let letter = try await world.link(by: .application(app))
        _ = try await world.provider.magicLinkSignIn.redeem(
            .token(letter.token), by: .authenticated(app), at: .start, from: .device)
        let user = codes.userCode.description
        let secrets =
            [
                ada.secret.text, "s3cret-canary", "key-canary", codes.deviceCode, user, user.filter { $0 != "-" },
                first.refreshToken, first.accessToken, second.refreshToken, second.accessToken,
            ] + world.letters.all.flatMap { [$0.token, "\"\($0.code)\""] }
        for event in try await world.events() {
            for secret in secrets {
                #expect(!event.detail.contains(secret), "\(event.kind)")
            }
        }
        for secret in secrets.prefix(10) {
            #expect(try !world.stores(secret))
        }
    }
}

@Suite("The chain of the audit")
struct AuditChainTests {
    /// An audit with a sealed history.
    private func sealed(_ engine: Engine) async throws -> World {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        _ = try await world.tokens(for: ada, app)
        while try await world.provider.audit.seal() > 0 {}
        #expect(try await world.provider.audit.firstBreak() == nil)
        #expect(try await world.number("SELECT MAX(sequence) FROM audit_events") > 8)
        return world
    }

    @Test("numbers events from one without a gap, in batches, whenever they come", arguments: Engine.all)
    func numbering(engine: Engine) async throws {
        let world = try await World(engine)
        let audit = world.provider.audit
        let before = try await world.events().count
        try await world.database.write { transaction in
            for index in 0..<1_100 {
                try audit.record(AuditEvent(.userRenamed), in: transaction, at: .start + .seconds(index), from: .server)
            }
        }
        var batches: [Int] = []
        while case let count = try await audit.seal(), count > 0 { batches.append(count) }
        #expect(batches == [500, 500, 100 + before])
        // One with an older identifier, as another node's clock may draw it, comes after what is sealed.
        try await world.database.write { try audit.record(AuditEvent(.userRenamed), in: $0, at: .start, from: .server) }
        #expect(try await audit.seal() == 1)
        #expect(try await audit.seal() == 0)
        let count = Int64(before + 1_101)
        #expect(try await world.number("SELECT MAX(sequence) FROM audit_events") == count)
        #expect(try await world.number("SELECT COUNT(DISTINCT sequence) FROM audit_events") == count)
        #expect(try await audit.firstBreak() == nil)
    }

    @Test("stays whole under many sealers at once, and over restarts", arguments: Engine.all)
    func sealers(engine: Engine) async throws {
        var world = try await sealed(engine)
        world = try await world.restarted()
        let (audit, database) = (world.provider.audit, world.database)
        _ = try await inParallel(40) { index in
            if index.isMultiple(of: 2) {
                try await database.write {
                    try audit.record(AuditEvent(.userRenamed), in: $0, at: .start, from: .server)
                }
            } else {
                _ = try await audit.seal()
            }
        }
        while try await audit.seal() > 0 {}
        #expect(try await audit.firstBreak() == nil)
        #expect(try await world.number("SELECT COUNT(*) FROM audit_events WHERE sequence IS NULL") == 0)
    }

    @Test(
        "breaks where a column of an event was changed", arguments: Engine.all,
        [
            "event = 'user.enabled'", "at = at + 1", "organization_id = 1", "user_id = NULL", "user_id = 0",
            "client_id = 1", "grant_id = 1", "request_id = 'req_other'", "address = '192.0.2.8'", "detail = '{}'",
            "id = id + 1", "request_id = request_id || address, address = ''", "chain_hash = X'00'",
            "sequence = sequence + 1000",
        ])
    func changed(engine: Engine, change: String) async throws {
        let world = try await sealed(engine)
        let place = try await world.number("SELECT sequence FROM audit_events WHERE event = 'session.created'")
        #expect(try await world.tamper("UPDATE audit_events SET \(change) WHERE sequence = ?", .integer(place)) == 1)
        #expect(try await world.provider.audit.firstBreak() == place)
    }

    @Test("breaks where an event was removed, be it the first, one between, or the newest", arguments: Engine.all)
    func removed(engine: Engine) async throws {
        for place: Int64 in [1, 4] {
            let world = try await sealed(engine)
            try await world.tamper("DELETE FROM audit_events WHERE sequence = ?", .integer(place))
            #expect(try await world.provider.audit.firstBreak() == place)
        }
        for survivors: Int64 in [0, 4] {
            let world = try await sealed(engine)
            try await world.tamper("DELETE FROM audit_events WHERE sequence > ?", .integer(survivors))
            #expect(try await world.provider.audit.firstBreak() == survivors + 1)
            _ = try await world.visitor("bob@example.com")
            _ = try await world.provider.audit.seal()
            #expect(try await world.provider.audit.firstBreak() == survivors + 1)
        }
    }

    @Test("breaks where an event was put in, or two changed places", arguments: Engine.all)
    func inserted(engine: Engine) async throws {
        var world = try await sealed(engine)
        let newest = try await world.number("SELECT MAX(sequence) FROM audit_events")
        try await world.tamper(
            """
            INSERT INTO audit_events (id, event, at, request_id, address, detail, sequence, chain_hash)
            SELECT 1, event, at, request_id, address, detail, ?, chain_hash FROM audit_events WHERE sequence = ?
            """, .integer(newest + 1), .integer(newest))
        #expect(try await world.provider.audit.firstBreak() == newest + 1)

        world = try await sealed(engine)
        for (from, to): (Int64, Int64) in [(3, -1), (4, 3), (-1, 4)] {
            try await world.tamper(
                "UPDATE audit_events SET sequence = ? WHERE sequence = ?", .integer(to), .integer(from))
        }
        #expect(try await world.provider.audit.firstBreak() == 3)
    }

    @Test("breaks at its end when the end itself was changed", arguments: Engine.all)
    func head(engine: Engine) async throws {
        for change in ["DELETE FROM audit_head", "UPDATE audit_head SET chain_hash = X'00'"] {
            let world = try await sealed(engine)
            let newest = try await world.number("SELECT MAX(sequence) FROM audit_events")
            try await world.tamper(change)
            #expect(try await world.provider.audit.firstBreak() == newest + 1)
        }
    }
}
