import Database
import JOSE
import Testing

@testable import Identity

@Suite("A restore")
struct RestorationTests {
    private func restore(_ world: World, at now: Instant = .start) async throws -> Restoration.Outcome {
        try await Restoration(database: world.database).finish(takenAt: .start, at: now)
    }

    @Test("ends what was given out before it, and takes nobody for a thief", arguments: Engine.all)
    func everything(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let former = try await world.tokens(for: ada, app).refreshToken
        let current = try await world.refresh(former, by: app, key: "k", at: .start).get().refreshToken
        let approved = try await world.codes(app)
        try await world.approve(approved, by: ada)
        let letter = try await world.link("bob@example.com", by: .application(app))
        let grant = try await world.grant(current).id
        let outcome = try await restore(world)
        #expect(outcome == Restoration.Outcome(epoch: 2, grants: 1, sessions: 1, proofs: 4, mail: 2))

        let before = try await world.tally()
        for (token, key) in [(former, nil), (former, "k"), (current, nil), (current, "k")] {
            #expect(try await world.refresh(token, by: app, key: key, at: .start).refusal == .unknown)
            #expect(try await world.provider.refreshTokens.inspect(token) == nil)
        }
        #expect(try await world.provider.grants.standing(of: grant, at: .start).refusal == .revoked)
        #expect(try await world.poll(approved, by: app).refusal == .unknown)
        let link = MagicLinkSignIn.Proof.token(letter.token)
        let redeemed = try await world.provider.magicLinkSignIn.redeem(
            link, by: .authenticated(app), at: .start, from: .device)
        #expect(redeemed.refusal == .unknown)
        #expect(try await world.provider.sessions.authenticate(ada.secret, at: .start) == nil)
        #expect(try await world.provider.mail.deliver(by: Outbox(), at: .start) == 0)
        #expect(try await world.events(since: before) == [:], "nothing of it is an alarm")
        #expect(try await world.grant(current).revocationReason == .restored)
    }

    @Test("lets everybody sign in again, and keeps who they are", arguments: Engine.all)
    func afterwards(engine: Engine) async throws {
        var world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        _ = try await restore(world)
        world = try await world.restarted()
        let again = try await world.visitor()
        #expect(again.user.id == ada.user.id)
        #expect(again.organization.id == ada.organization.id)
        let token = try await world.tokens(for: again, app).refreshToken
        let next = try await world.refresh(token, by: app, at: .start).get().refreshToken
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .reused)
        #expect(try await world.refresh(next, by: app, at: .start).refusal == .revoked)
    }

    @Test("leaves API tokens as they were: automation goes on", arguments: Engine.all)
    func apiTokens(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let given = try await world.mint(by: actor).get()
        _ = try await restore(world)
        #expect(try await world.use(given.secret).refusal == nil)
    }

    @Test("brings to nothing even a row that was copied from before it", arguments: Engine.all)
    func copiedRow(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let token = try await world.tokens(for: ada, app).refreshToken
        _ = try await restore(world)
        try await world.tamper("UPDATE grants SET revoked_at = NULL, revocation_reason = NULL")
        #expect(try await world.grant(token).isAlive(at: .start))
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .unknown)
    }

    @Test("of one copy begins another epoch each time", arguments: Engine.all)
    func twice(engine: Engine) async throws {
        let world = try await World(engine)
        var seeds: Set<[UInt8]> = []
        for number: Int64 in 2...4 {
            #expect(try await restore(world).epoch == number)
            seeds.insert(try await world.database.read { try Epoch.seed(in: $0) })
        }
        #expect(seeds.count == 3)
        #expect(seeds.allSatisfy { $0.count == 32 })
    }

    @Test("is told in the audit, whose chain stays whole", arguments: Engine.all)
    func audit(engine: Engine) async throws {
        let world = try await World(engine)
        _ = try await world.visitor()
        _ = try await world.provider.audit.seal()
        _ = try await restore(world, at: .start + .seconds(60))
        while try await world.provider.audit.seal() > 0 {}
        #expect(try await world.provider.audit.firstBreak() == nil)
        let event = try #require(try await world.events().last { $0.kind == .databaseRestored })
        let copied = #""copy_taken_at":"\#(Instant.start.iso8601)""#
        #expect(event.detail == #"{\#(copied),"epoch":"2","grants":"0","mail":"1","proofs":"1","sessions":"1"}"#)
    }

    @Test("knows what becomes of every table")
    func fates() async throws {
        let world = try await World(.sqlite)
        #expect(Set(Restoration.fates.keys) == (try await world.tables()), "a new table needs a fate")
        let (ada, app) = (try await world.visitor(), try await world.client())
        _ = try await world.tokens(for: ada, app)
        _ = try await world.codes(app)
        var before: [String: Int64] = [:]
        for table in Restoration.fates.keys { before[table] = try await world.number("SELECT COUNT(*) FROM \(table)") }
        _ = try await restore(world)
        for (table, fate) in Restoration.fates where table != "audit_events" {
            let count = try await world.number("SELECT COUNT(*) FROM \(table)")
            #expect(count == (fate == .removed ? 0 : before[table]), "\(table)")
        }
    }
}
