import Database
import Foundation
import JOSE
import Testing

@testable import Identity

@Suite("Signing keys")
struct SigningKeyTests {
    /// Loads the keys as a start of the server does.
    private func load(_ world: World, master: MasterKey = .first, former: MasterKey? = nil) async throws
        -> SigningKeyRing
    {
        try await SigningKeys(database: world.database, keys: PurposeKeys(master: master, former: former))
            .load(at: .start, schedule: .standard)
    }

    @Test("are made at the first start and loaded at every other", arguments: Engine.all)
    func firstStart(engine: Engine) async throws {
        var world = try await World(engine)
        let first = world.provider.signingKeys.contents
        let key = try #require(first.active)
        #expect(key.algorithm == .es256)
        #expect(first.published == [key.publicKey])
        #expect(try await world.count(.signingKeyCreated) == 1)
        world = try await world.restarted()
        let second = world.provider.signingKeys.contents
        #expect(second.active?.keyID == key.keyID)
        #expect(second.document == first.document)
        #expect(second.entityTag == first.entityTag)
        #expect(try await world.count(.signingKeyCreated) == 1)
    }

    @Test("of many nodes that start at once are one", arguments: Engine.all)
    func manyNodes(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.tamper("DELETE FROM signing_keys")
        let ids = try await inParallel(8) { _ in try await load(world).contents.active?.keyID }
        #expect(Set(ids).count == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM signing_keys") == 1)
    }

    @Test("are published without what signs, and the private part is in no file", arguments: Engine.withFiles)
    func published(engine: Engine) async throws {
        let world = try await World(engine)
        let contents = world.provider.signingKeys.contents
        let keySet = try JSONWebKeySet(parsing: contents.document)
        #expect(keySet.keys.map(\.keyID) == [contents.active?.keyID])
        #expect(!String(decoding: contents.document, as: UTF8.self).contains("\"d\""))
        #expect(contents.entityTag.wholeMatch(of: /"[A-Za-z0-9_-]{16}"/) != nil)
        let scalar = try #require(contents.active).privateKey.withBytes { Data($0) }.subdata(in: 36..<68)
        #expect(try world.place.bytes().range(of: scalar) == nil)
    }

    @Test("that the master key does not open stop the start, and nothing is replaced", arguments: Engine.all)
    func wrongMasterKey(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = try world.activeKey
        let failure = await #expect(throws: UnreadableSigningKey.self) {
            try await world.restarted(master: .second)
        }
        #expect(failure?.keyID == keyID)
        #expect(failure?.description.contains("cannot be opened with this master key") == true)
        let again = try await World(engine, in: world.place)
        #expect(try again.activeKey == keyID)
        #expect(try await again.count(.signingKeyCreated) == 1)
    }

    @Test("with any byte flipped at rest stop the start", arguments: Engine.all)
    func damaged(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = try world.activeKey
        let sealed = try await world.database.read {
            try #require(try $0.row("SELECT wrapped_private_key FROM signing_keys")).blob(0)
        }
        for index in stride(from: 0, to: sealed.count, by: 9) {
            var damaged = sealed
            damaged[index] ^= 0x10
            try await world.tamper("UPDATE signing_keys SET wrapped_private_key = ?", .blob(damaged))
            await #expect(throws: UnreadableSigningKey.self) { try await load(world) }
        }
        for change in ["algorithm = 'EdDSA'", "algorithm = 'none'", "key_id = 'other'", "wrapped_private_key = x''"] {
            try await world.tamper(
                "UPDATE signing_keys SET key_id = ?, algorithm = 'ES256', wrapped_private_key = ?", .text(keyID),
                .blob(sealed))
            #expect(try await load(world).contents.active?.keyID == keyID)
            try await world.tamper("UPDATE signing_keys SET \(change)")
            await #expect(throws: UnreadableSigningKey.self) { try await load(world) }
        }
    }

    @Test("under a name that is not their thumbprint stop the start", arguments: Engine.all)
    func otherName(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = try world.activeKey
        let other = try SigningKey.generate(.es256).privateKey
        let wrapped = PurposeKeys.first.signingKeys.wrap(other, name: keyID, random: .system)
        try await world.tamper("UPDATE signing_keys SET wrapped_private_key = ?", .blob(wrapped))
        await #expect(throws: UnreadableSigningKey.self) { try await load(world) }
    }

    @Test("wrapped by the former master key open while it stands beside the new one", arguments: Engine.all)
    func formerMasterKey(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = try world.activeKey
        #expect(try await load(world, master: .second, former: .first).contents.active?.keyID == keyID)
        await #expect(throws: UnreadableSigningKey.self) { try await load(world, master: .second) }
    }

    @Test("without an active one nothing starts, and two can never be", arguments: Engine.all)
    func states(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = try world.activeKey
        _ = try await world.operatorsKeys.rotate(.whenKnown, at: .start, from: .command(.keys)).get()
        for state in ["active", "pending"] {
            await #expect(throws: DatabaseFailure.self) {
                try await world.tamper("UPDATE signing_keys SET activates_at = 1, state = ?", .text(state))
            }
        }
        try await world.tamper("DELETE FROM signing_keys WHERE key_id = ?", .text(keyID))
        await #expect(throws: DatabaseFailure.self) { try await load(world) }
    }

    @Test("that retired were opened once by whoever held the master key: nobody else's is published")
    func strangersKey() async throws {
        let world = try await World(.sqlite)
        let stranger = try SigningKey.generate(.es256)
        var json = JSONWriter()
        stranger.publicKey.write(to: &json)
        let (proof, keyID) = (try await world.retiredProof(), stranger.keyID)
        for wrapped in [
            proof, [], PurposeKeys(master: .second).signingKeys.wrap(Secret(proof), name: keyID, random: .system),
        ] {
            try await world.tamper("DELETE FROM signing_keys WHERE state = 'retired'")
            try await world.tamper(
                """
                INSERT INTO signing_keys (key_id, algorithm, public_key, wrapped_private_key, state, created_at,
                    retired_at, published_until) VALUES (?, 'ES256', ?, ?, 'retired', 1, 1, ?)
                """, .text(keyID), .text(String(decoding: json.bytes, as: UTF8.self)), .blob(wrapped),
                .time(.start + .seconds(9_000)))
            let unreadable = try await world.provider.signingKeyUpkeep.look(at: .start + .seconds(400))
            #expect(unreadable.map(\.keyID) == [keyID])
            #expect(!world.provider.signingKeys.contents.published.contains { $0.keyID == keyID })
            await #expect(throws: UnreadableSigningKey.self) { try await load(world) }
        }
    }
}

extension World {
    /// The key that signs on this node.
    var activeKey: String {
        get throws { try #require(provider.signingKeys.contents.active).keyID }
    }

    /// The keys as the command line opens them, with the master key.
    var operatorsKeys: SigningKeys { SigningKeys(database: database, keys: .first) }

    /// What stands in the row of a retired key.
    fileprivate func retiredProof() async throws -> [UInt8] {
        _ = try await operatorsKeys.rotate(.now, at: .start, from: .command(.keys)).get()
        return try await database.read {
            try #require(try $0.row("SELECT wrapped_private_key FROM signing_keys WHERE state = 'retired'")).blob(0)
        }
    }
}
