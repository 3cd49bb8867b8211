import Database
import JOSE
import Testing

@testable import Identity

@Suite("Rotating and revoking API tokens")
struct APITokenRotationTests {
    @Test("a rotation keeps all but the secret; both secrets work until the overlap ends", arguments: Engine.all)
    func rotation(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let first = try await world.mint(by: actor).get()
        _ = try await world.use(first.secret)
        try await world.provider.apiTokens.flushUses()
        let before = try await world.tally()
        let second = try await world.rotate(first, overlap: 3_600, by: actor).get()
        let (old, new) = (first.listed.token, second.listed.token)
        #expect(new.id == old.id && new.label == old.label && new.scopes == old.scopes && second.listed.calls == 1)
        #expect(second.secret != first.secret)
        let end = Instant.start + .seconds(3_600)
        #expect(try await world.use(first.secret).get().expiresAt == end)
        #expect(try await world.use(second.secret).get().expiresAt == nil)
        #expect(try await world.use(first.secret, at: end).refusal == .rotated)
        #expect(try await world.use(second.secret, at: end).refusal == nil)
        #expect(try await world.events(since: before) == [.apiTokenRotated: 1])
    }

    @Test("two rotations at once with overlap: one is done, and what it promised is kept", arguments: Engine.all)
    func raceWithOverlap(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let first = try await world.mint(by: actor).get()
        let outcomes = try await inParallel(8) { _ in try await world.rotate(first, overlap: 60, by: actor) }
        let given = outcomes.compactMap { try? $0.get() }
        #expect(given.count == 1)
        let refusals = Set(outcomes.compactMap(\.refusal))
        #expect(refusals == [.overlapRunning(until: .start + .seconds(60))])
        #expect(try await world.use(first.secret).refusal == nil)
        #expect(try await world.use(try #require(given.first).secret).refusal == nil)
    }

    @Test("rotations at once without overlap: each is done, and exactly one secret works", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let (first, before) = (try await world.mint(by: actor).get(), try await world.tally())
        let given = try await inParallel(8) { _ in try await world.rotate(first, by: actor).get().secret }
        #expect(Set(given).count == 8)
        var refusals: [APITokenUseRefusal?] = []
        for secret in given + [first.secret] { refusals.append(try await world.use(secret).refusal) }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(try await world.number("SELECT generation FROM api_tokens") == 9)
        #expect(try await world.events(since: before) == [.apiTokenRotated: 8])
    }

    @Test("no use is granted once a revocation has been answered, whatever goes on meanwhile", arguments: Engine.all)
    func revokeDuringUse(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        let first = try await world.mint(by: actor).get()
        let second = try await world.rotate(first, overlap: 3_600, by: actor).get()
        let (id, before) = (first.listed.token.id, try await world.tally())
        let late = try await inParallel(24) { index -> Bool in
            guard index == 8 else {
                let refusal = try await world.use(index.isMultiple(of: 2) ? first.secret : second.secret).refusal
                return refusal == nil || refusal == .revoked
            }
            let revoked = try await world.provider.apiTokens.revoke(id, by: actor, at: .start, from: .desk).refusal
            let after = try await world.use(second.secret).refusal
            return revoked == nil && after == .revoked
        }
        #expect(late.allSatisfy { $0 })
        for secret in [first.secret, second.secret] { #expect(try await world.use(secret).refusal == .revoked) }
        _ = try await world.provider.apiTokens.revoke(id, by: actor, at: .start, from: .desk).get()
        #expect(try await world.events(since: before) == [.apiTokenRevoked: 1])
        #expect(try await world.number("SELECT COUNT(*) FROM api_tokens WHERE revoked_at IS NOT NULL") == 1)
        #expect(try await world.rotate(first, by: actor).refusal == .revoked)
    }

    @Test("a rotation and a revocation at once: it is over, and no secret works", arguments: Engine.all)
    func rotateAgainstRevoke(engine: Engine) async throws {
        let world = try await World(engine)
        let (_, actor) = try await world.admin()
        for _ in 0..<4 {
            let first = try await world.mint(by: actor).get()
            let id = first.listed.token.id
            let secrets = try await inParallel(4) { index -> String? in
                guard index == 0 else { return try? await world.rotate(first, by: actor).get().secret }
                _ = try await world.provider.apiTokens.revoke(id, by: actor, at: .start, from: .desk).get()
                return nil
            }
            for secret in secrets.compactMap({ $0 }) + [first.secret] {
                #expect(try await world.use(secret).refusal != nil)
            }
        }
    }
}
