import Database
import JOSE
import Testing

@testable import Identity

/// Signing keys as rows: what nodes and operators do to them, at once and one after the other.
@Suite("The rotation of signing keys")
struct SigningKeyRotationTests {
    private let day = Duration.seconds(86_400)

    /// Another node over the same database, started now.
    private func node(
        _ world: World, master: MasterKey = .first, schedule: SigningKeySchedule = .standard, at now: Instant = .start
    ) async throws -> SigningKeyUpkeep {
        let keys = SigningKeys(database: world.database, keys: PurposeKeys(master: master))
        return SigningKeyUpkeep(
            signingKeys: keys, ring: try await keys.load(at: now, schedule: schedule), schedule: schedule)
    }

    private func states(_ world: World) async throws -> [String: SigningKeyRecord.State] {
        try await SigningKeys.all(in: world.database).keys.reduce(into: [:]) { $0[$1.keyID] = $1.state }
    }

    @Test("goes from pending to active to retired to gone, each step published and told", arguments: Engine.all)
    func wholeLife(engine: Engine) async throws {
        let world = try await World(engine)
        let (upkeep, ring) = (world.provider.signingKeyUpkeep, world.provider.signingKeys)
        let first = try world.activeKey
        let before = try await world.tally()

        #expect(try await upkeep.look(at: .start + day * 89 - .seconds(1)) == [])
        #expect(ring.contents.published.count == 1)
        #expect(try await upkeep.look(at: .start + day * 89) == [])
        let second = try #require(ring.contents.published.last?.keyID)
        #expect(ring.contents.published.map(\.keyID) == [first, second])
        #expect(try world.activeKey == first)

        _ = try await upkeep.look(at: .start + day * 90)
        #expect(try world.activeKey == second)
        #expect(ring.contents.published.map(\.keyID) == [second, first])
        let end = Instant.start + day * 90 + AccessTokens.lifetime + .seconds(300)
        _ = try await upkeep.look(at: end - .microseconds(1))
        #expect(ring.contents.published.map(\.keyID) == [second, first])
        _ = try await upkeep.look(at: end)
        #expect(ring.contents.published.map(\.keyID) == [second])
        #expect(try await states(world) == [second: .active])

        let kinds: [AuditEvent.Kind] = [
            .signingKeyCreated, .signingKeyRetired, .signingKeyActivated, .signingKeyRemoved,
        ]
        #expect(try await world.events(since: before) == kinds.reduce(into: [:]) { $0[$1] = 1 })
    }

    @Test("destroys what signs when a key retires, and a restart still publishes the key", arguments: Engine.all)
    func destruction(engine: Engine) async throws {
        var world = try await World(engine)
        let first = try world.activeKey
        _ = try await world.operatorsKeys.rotate(.now, at: .start, from: .command(.keys)).get()
        let row = try #require(try await SigningKeys.all(in: world.database).keys.first { $0.keyID == first })
        #expect(PurposeKeys.first.signingKeys.unwrap(row.sealed, name: first) == nil)
        world = try await world.restarted(at: .start + .seconds(1))
        #expect(world.provider.signingKeys.contents.published.map(\.keyID) == [try world.activeKey, first])
        // Brought back by hand it is no key any more.
        try await world.tamper("DELETE FROM signing_keys WHERE state = 'active'")
        try await world.tamper("UPDATE signing_keys SET state = 'active'")
        await #expect(throws: UnreadableSigningKey.self) { try await node(world) }
    }

    @Test("by many nodes at once has one result", arguments: Engine.all)
    func nodesAtOnce(engine: Engine) async throws {
        let world = try await World(engine)
        var nodes: [SigningKeyUpkeep] = []
        for _ in 0..<6 { nodes.append(try await node(world)) }
        let before = try await world.tally()
        for moment in [Instant.start + day * 89, .start + day * 90, .start + day * 91] {
            _ = try await inParallel(24) { [nodes] index in try await nodes[index % 6].look(at: moment) }
            for node in nodes { _ = try await node.look(at: moment) }
            #expect(Set(nodes.map(\.ring.contents.entityTag)).count == 1)
            #expect(Set(nodes.map(\.ring.contents.active?.keyID)).count == 1)
        }
        #expect(try await states(world).map { $0.value } == [.active])
        #expect(try await world.events(since: before).values.allSatisfy { $0 == 1 })
    }

    @Test("by operators and nodes at once leaves one active key and nothing half done", arguments: Engine.all)
    func operatorsAtOnce(engine: Engine) async throws {
        let world = try await World(engine)
        let upkeep = world.provider.signingKeyUpkeep
        let outcomes = try await inParallel(12) { index -> Bool in
            switch index % 3 {
            case 0: return try await world.operatorsKeys.rotate(.now, at: .start, from: .command(.keys)).refusal == nil
            case 1:
                return try await world.operatorsKeys.rotate(.whenKnown, at: .start, from: .command(.keys)).refusal
                    == nil
            default:
                _ = try await upkeep.look(at: .start)
                return true
            }
        }
        #expect(!outcomes.contains(false))
        let states = try await states(world)
        #expect(states.values.count { $0 == .active } == 1)
        #expect(states.values.count { $0 == .retired } == 4)
        #expect(states.values.count { $0 == .pending } <= 1)
        _ = try await node(world)
    }

    @Test("of a compromised key by two operators at once happens once", arguments: Engine.all)
    func replacedOnce(engine: Engine) async throws {
        let world = try await World(engine)
        let stolen = try world.activeKey
        _ = try await world.operatorsKeys.rotate(.whenKnown, at: .start, from: .command(.keys)).get()
        let refusals = try await inParallel(6) { _ in
            try await world.operatorsKeys.rotate(.compromised(stolen), at: .start, from: .command(.keys)).refusal
        }
        #expect(refusals.count { $0 == nil } == 1)
        let keys = try await SigningKeys.all(in: world.database).keys
        #expect(keys.count == 1)
        #expect(refusals.compactMap { $0 } == Array(repeating: .notActive(keys[0].keyID), count: 5))
        #expect(keys[0].publication == .seconds(365), "what nodes have told verifiers is not forgotten")
        _ = try await world.provider.signingKeyUpkeep.look(at: .start)
        #expect(try world.activeKey == keys[0].keyID)
        #expect(world.provider.signingKeys.contents.published.map(\.keyID) == [keys[0].keyID])
    }

    @Test("with another master key is refused before anything is written", arguments: Engine.all)
    func wrongMasterKey(engine: Engine) async throws {
        let world = try await World(engine)
        let strangers = SigningKeys(database: world.database, keys: PurposeKeys(master: .second))
        for urgency in [SigningKeys.Urgency.whenKnown, .now, .compromised(try world.activeKey)] {
            await #expect(throws: UnreadableSigningKey.self) {
                try await strangers.rotate(urgency, at: .start, from: .command(.keys))
            }
        }
        #expect(try await states(world) == [try world.activeKey: .active])
    }

    @Test("are all opened by the right master key, retired ones too, and by no other", arguments: Engine.all)
    func readable(engine: Engine) async throws {
        let world = try await World(engine)
        let operators = world.operatorsKeys
        _ = try await operators.rotate(.now, at: .start, from: .command(.keys)).get()
        for hours in 0..<4 { _ = try await world.provider.signingKeyUpkeep.look(at: .start + .seconds(hours * 3_600)) }
        #expect(try await states(world).values.contains(.retired))
        try await operators.requireReadable()
        let strangers = SigningKeys(database: world.database, keys: PurposeKeys(master: .second))
        await #expect(throws: UnreadableSigningKey.self) { try await strangers.requireReadable() }
    }

    // MARK: What a node holds

    @Test("is taken in by a node that did nothing of it", arguments: Engine.all)
    func followed(engine: Engine) async throws {
        let world = try await World(engine)
        let other = try await node(world)
        _ = try await world.operatorsKeys.rotate(.now, at: .start, from: .command(.keys)).get()
        #expect(try await other.look(at: .start + .seconds(1)) == [])
        _ = try await world.provider.signingKeyUpkeep.look(at: .start + .seconds(1))
        #expect(other.ring.contents.document == world.provider.signingKeys.contents.document)
        #expect(other.ring.contents.active?.keyID == (try world.activeKey))
        #expect(other.ring.contents.published.count == 2)
    }

    @Test("waits for the most patient of nodes that are configured differently", arguments: Engine.all)
    func differentSchedules(engine: Engine) async throws {
        let world = try await World(engine)
        let brief = try #require(SigningKeySchedule(lifetime: .seconds(10)))
        let hasty = try await node(world, schedule: brief)
        _ = try await hasty.look(at: .start + .seconds(10))
        let pending = try #require(try await SigningKeys.all(in: world.database).pending)
        #expect(pending.activatesAt == .start + .seconds(10 + 365))

        let alone = try await World(engine)
        try await alone.tamper("DELETE FROM signing_keys")
        let first = try await node(alone, schedule: brief)
        #expect(try #require(try await SigningKeys.all(in: alone.database).active).publication == brief.publication)
        _ = try await node(alone, at: .start + .seconds(1))
        _ = try await first.look(at: .start + .seconds(10))
        let waiting = try #require(try await SigningKeys.all(in: alone.database).pending)
        #expect(waiting.activatesAt == .start + .seconds(10 + 365), "a patient node joined")
    }

    @Test("unread for a while, the set is to be kept no longer than until a key it lacks may sign")
    func staleSet() async throws {
        let world = try await World(.sqlite)
        let (ring, upkeep) = (world.provider.signingKeys, world.provider.signingKeyUpkeep)
        let known = try #require(try await SigningKeys.all(in: world.database).active).publication
        let expected: [(age: Int64, lifetime: Int64)] = [
            (0, 300), (5, 300), (6, 299), (200, 105), (305, 0), (9_000, 0),
        ]
        for (age, lifetime) in expected {
            #expect(ring.published(at: .start + .seconds(age)).lifetime == lifetime)
            #expect(.seconds(age + lifetime) < known || lifetime == 0)
        }
        _ = try await upkeep.look(at: .start + .seconds(9_000))
        #expect(ring.published(at: .start + .seconds(9_000)).lifetime == 300)
        #expect(ring.published(at: .start).lifetime == 300, "a clock that was set back")
    }

    @Test("to a key that a node cannot read leaves it with the one before, until that is gone", arguments: Engine.all)
    func unreadable(engine: Engine) async throws {
        let world = try await World(engine)
        let (ring, upkeep) = (world.provider.signingKeys, world.provider.signingKeyUpkeep)
        let first = try world.activeKey
        _ = try await world.operatorsKeys.rotate(.now, at: .start, from: .command(.keys)).get()
        let second = try #require(try await SigningKeys.all(in: world.database).active).keyID
        try await world.tamper("UPDATE signing_keys SET wrapped_private_key = x'00' WHERE state = 'active'")

        for second_ in [1, 2] as [Int64] {
            #expect(try await upkeep.look(at: .start + .seconds(second_)).map(\.keyID) == [second])
        }
        #expect(try world.activeKey == first)
        #expect(ring.contents.published.map(\.keyID) == [first])
        #expect(ring.published(at: .start + .seconds(305)).lifetime == 0, "it is not sure of what it publishes")

        _ = try await world.operatorsKeys.remove(first, isCompromised: true, at: .start, from: .command(.keys)).get()
        #expect(try await upkeep.look(at: .start + .seconds(3)).map(\.keyID) == [second])
        #expect(ring.contents.active == nil)
        #expect(ring.contents.published.isEmpty)
        let ada = try await world.visitor()
        await #expect(throws: DatabaseFailure.unavailable("this node can read no key that may sign")) {
            try await world.tokens(for: ada, try await world.commandLine())
        }
    }

    @Test("is not done by a node that cannot read the key that is to sign", arguments: Engine.all)
    func unreadablePending(engine: Engine) async throws {
        let world = try await World(engine)
        let first = try world.activeKey
        _ = try await world.operatorsKeys.rotate(.whenKnown, at: .start, from: .command(.keys)).get()
        try await world.tamper("UPDATE signing_keys SET wrapped_private_key = x'00' WHERE state = 'pending'")
        await #expect(throws: UnreadableSigningKey.self) {
            try await world.provider.signingKeyUpkeep.look(at: .start + day)
        }
        #expect(try world.activeKey == first)
        #expect(try await states(world)[first] == .active)
    }

    // MARK: What it would touch

    @Test("counts the living grants and the tokens that would die", arguments: Engine.all)
    func impact(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let keys = world.operatorsKeys
        func impact(at now: Instant) async throws -> SigningKeyImpact {
            let active = try #require(try await SigningKeys.all(in: world.database).active)
            return try await keys.impact(of: active, at: now)
        }
        #expect(try await impact(at: .start) == SigningKeyImpact(grants: 0, liveTokens: 0))
        let first = try await world.tokens(for: ada, app)
        _ = try await world.tokens(for: ada, app)
        _ = try await world.refresh(first.refreshToken, by: app, at: .start + .seconds(60)).get()
        #expect(try await impact(at: .start + .seconds(61)) == SigningKeyImpact(grants: 2, liveTokens: 3))
        // Four hours later the tokens of the second grant have expired, and the first token of the first.
        #expect(try await impact(at: .start + .seconds(14_430)) == SigningKeyImpact(grants: 1, liveTokens: 1))
        #expect(try await impact(at: .start + .seconds(14_461)) == SigningKeyImpact(grants: 0, liveTokens: 0))
        _ = try await world.provider.grants.revokeAll(of: ada.user.id, world)
        #expect(try await impact(at: .start + .seconds(61)) == SigningKeyImpact(grants: 0, liveTokens: 0))
    }
}

extension Grants {
    /// Ends every grant of a user, as the rows see it.
    fileprivate func revokeAll(of user: User.ID, _ world: World) async throws -> Int {
        try await world.tamper(
            "UPDATE grants SET revoked_at = ?, revocation_reason = 'logout' WHERE user_id = ?", .time(.start), .id(user)
        )
    }
}
