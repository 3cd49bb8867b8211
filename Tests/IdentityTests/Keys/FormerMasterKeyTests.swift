import Database
import JOSE
import Testing

@testable import Identity

@Suite("A change of the master key")
struct FormerMasterKeyTests {
    /// A world with an active, a pending and a retired key, and a mail that waits.
    private func world(_ engine: Engine) async throws -> World {
        let world = try await World(engine)
        _ = try await world.operatorsKeys.rotate(.now, at: .start, from: .command(.keys)).get()
        _ = try await world.operatorsKeys.rotate(.whenKnown, at: .start, from: .command(.keys)).get()
        _ = try await world.enrolled()
        _ = try await world.webhook(by: try await world.admin("cy@example.com").actor)
        try await world.tamper("DELETE FROM outgoing_mail WHERE recipient = 'cy@example.com'")
        return world
    }

    private func sealed(_ world: World) async throws -> [[UInt8]] {
        try await world.database.read { transaction in
            try transaction.rows("SELECT wrapped_private_key FROM signing_keys ORDER BY key_id").map { try $0.blob(0) }
                + transaction.rows("SELECT sealed_message FROM outgoing_mail ORDER BY id").map { try $0.blob(0) }
                + transaction.rows("SELECT sealed_secret FROM totp_secrets ORDER BY id").map { try $0.blob(0) }
                + transaction.rows("SELECT sealed_secret FROM webhooks ORDER BY id").map { try $0.blob(0) }
        }
    }

    @Test(
        "wraps keys, mail and authenticator apps anew at the start, once and audited, and then the former can go",
        arguments: Engine.all)
    func rewrapped(engine: Engine) async throws {
        var world = try await world(engine)
        _ = try await world.provider.signingKeyUpkeep.look(at: .start)
        let document = world.provider.signingKeys.contents.document
        let before = try await sealed(world)

        world = try await world.restarted(master: .second, former: .first)
        let after = try await sealed(world)
        #expect(zip(before, after).allSatisfy { $0 != $1 })
        #expect(after.count == 7)
        #expect(world.provider.signingKeys.contents.document == document)
        let events = try await world.events().filter { $0.kind == .masterKeyChanged }
        #expect(events.map(\.detail) == [#"{"mail":"2","signing_keys":"3","totp_secrets":"1","webhook_secrets":"1"}"#])

        world = try await world.restarted(master: .second, former: .first)
        #expect(try await sealed(world) == after)
        #expect(try await world.count(.masterKeyChanged) == 1)

        world = try await world.restarted(master: .second)
        #expect(world.provider.signingKeys.contents.document == document)
        let transport = Opened()
        #expect(try await world.provider.mail.deliver(by: transport, at: .start) == 2)
        #expect(try await world.number("SELECT COUNT(*) FROM dead_mail") == 0)
        await #expect(throws: UnreadableSigningKey.self) { try await world.restarted(master: .first) }
    }

    @Test("by many nodes at once happens once", arguments: Engine.all)
    func atOnce(engine: Engine) async throws {
        let world = try await world(engine)
        let given = IdentityProvider.Surroundings(
            issuer: World.issuer, database: world.database, keys: PurposeKeys(master: .second, former: .first),
            logger: .quiet, signUp: .open, composeMagicLink: { _ in throw DatabaseFailure.misuse("no mail here") },
            composeInvitation: { _ in throw DatabaseFailure.misuse("no mail here") },
            composeAPITokenLetter: { _ in throw DatabaseFailure.misuse("no mail here") },
            composeFactorNotice: { _ in throw DatabaseFailure.misuse("no mail here") })
        _ = try await inParallel(8) { _ in try await IdentityProvider.open(given, at: .start).issuer }
        #expect(try await world.count(.masterKeyChanged) == 1)
    }

    @Test("leaves what neither key opens as it is, and says so", arguments: Engine.all)
    func stranger(engine: Engine) async throws {
        let world = try await world(engine)
        let keyID = try #require(try await SigningKeys.all(in: world.database).active).keyID
        try await world.tamper("UPDATE signing_keys SET wrapped_private_key = x'00' WHERE state = 'active'")
        let failure = await #expect(throws: UnreadableSigningKey.self) {
            try await world.restarted(master: .second, former: .first)
        }
        #expect(failure?.keyID == keyID)
        let again = try await engine.open(world.place)
        let left = try await again.read {
            try #require(try $0.row("SELECT wrapped_private_key FROM signing_keys WHERE state = 'active'")).blob(0)
        }
        #expect(left == [0])
        try await again.close()
    }
}

/// Takes every mail.
private struct Opened: MailTransport {
    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws(MailRefusal) {}
}
