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
        try await SigningKeys(
            database: world.database, random: .system, keys: PurposeKeys(master: master, former: former),
            audit: world.provider.audit
        ).load(at: .start)
    }

    @Test("are made at the first start and loaded at every other", arguments: Engine.all)
    func firstStart(engine: Engine) async throws {
        var world = try await World(engine)
        let first = world.provider.signingKeys.contents
        #expect(first.active.algorithm == .es256)
        #expect(first.published == [first.active.publicKey])
        #expect(try await world.count(.signingKeyCreated) == 1)
        world = try await world.restarted()
        let second = world.provider.signingKeys.contents
        #expect(second.active.keyID == first.active.keyID)
        #expect(second.document == first.document)
        #expect(second.entityTag == first.entityTag)
        #expect(try await world.count(.signingKeyCreated) == 1)
    }

    @Test("of many nodes that start at once are one", arguments: Engine.all)
    func manyNodes(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.tamper("DELETE FROM signing_keys")
        let ids = try await inParallel(8) { _ in try await load(world).contents.active.keyID }
        #expect(Set(ids).count == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM signing_keys") == 1)
    }

    @Test("are published without what signs, and the private part is in no file", arguments: Engine.withFiles)
    func published(engine: Engine) async throws {
        let world = try await World(engine)
        let contents = world.provider.signingKeys.contents
        let keySet = try JSONWebKeySet(parsing: contents.document)
        #expect(keySet.keys.map(\.keyID) == [contents.active.keyID])
        #expect(!String(decoding: contents.document, as: UTF8.self).contains("\"d\""))
        #expect(contents.entityTag.wholeMatch(of: /"[A-Za-z0-9_-]{16}"/) != nil)
        let scalar = try contents.active.privateKey.withBytes { Data($0) }.subdata(in: 36..<68)
        #expect(try world.place.bytes().range(of: scalar) == nil)
    }

    @Test("that the master key does not open stop the start, and nothing is replaced", arguments: Engine.all)
    func wrongMasterKey(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = world.provider.signingKeys.contents.active.keyID
        let failure = await #expect(throws: UnreadableSigningKey.self) {
            try await world.restarted(master: .second)
        }
        #expect(failure?.keyID == keyID)
        #expect(failure?.description.contains("Put the right master key back") == true)
        let again = try await World(engine, in: world.place)
        #expect(again.provider.signingKeys.contents.active.keyID == keyID)
        #expect(try await again.count(.signingKeyCreated) == 1)
    }

    @Test("with any byte flipped at rest stop the start", arguments: Engine.all)
    func damaged(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = world.provider.signingKeys.contents.active.keyID
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
            #expect(try await load(world).contents.active.keyID == keyID)
            try await world.tamper("UPDATE signing_keys SET \(change)")
            await #expect(throws: UnreadableSigningKey.self) { try await load(world) }
        }
    }

    @Test("under a name that is not their thumbprint stop the start", arguments: Engine.all)
    func otherName(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = world.provider.signingKeys.contents.active.keyID
        let other = try SigningKey.generate(.es256).privateKey
        let wrapped = PurposeKeys.first.signingKeys.wrap(other, name: keyID, random: .system)
        try await world.tamper("UPDATE signing_keys SET wrapped_private_key = ?", .blob(wrapped))
        await #expect(throws: UnreadableSigningKey.self) { try await load(world) }
    }

    @Test("wrapped by the former master key open while it stands beside the new one", arguments: Engine.all)
    func formerMasterKey(engine: Engine) async throws {
        let world = try await World(engine)
        let keyID = world.provider.signingKeys.contents.active.keyID
        #expect(try await load(world, master: .second, former: .first).contents.active.keyID == keyID)
        await #expect(throws: UnreadableSigningKey.self) { try await load(world, master: .second) }
    }

    @Test(
        "that are pending or retired are published and do not sign; without an active one nothing starts",
        arguments: Engine.all)
    func states(engine: Engine) async throws {
        let world = try await World(engine)
        let first = world.provider.signingKeys.contents.active.keyID
        try await world.tamper("UPDATE signing_keys SET state = 'retired'")
        await #expect(throws: DatabaseFailure.self) { try await load(world) }
        let next = try SigningKey.generate(.es256)
        let wrapped = try PurposeKeys.first.signingKeys.wrap(next.privateKey, name: next.keyID, random: .system)
        try await world.tamper(
            """
            INSERT INTO signing_keys (key_id, algorithm, public_key, wrapped_private_key, state, created_at)
            VALUES (?, 'ES256', '', ?, 'active', ?)
            """, .text(next.keyID), .blob(wrapped), .integer(Instant.start.microseconds + 1))
        let contents = try await load(world).contents
        #expect(contents.active.keyID == next.keyID)
        #expect(contents.published.map(\.keyID) == [first, next.keyID])
        await #expect(throws: DatabaseFailure.self) {
            try await world.tamper("UPDATE signing_keys SET state = 'active'")
        }
    }
}
