import JOSE
import Testing

@testable import Identity

@Suite("Many refreshes of one token at once")
struct ParallelRefreshTests {
    private struct Race: Sendable {
        let world: World
        let client: Client
        let token: String
        let outcomes: [Result<TokenSet, RefreshRefusal>]

        init(_ engine: Engine, count: Int, leeway: Duration = .zero, key: (@Sendable (Int) -> String?)? = nil)
            async throws
        {
            let world = try await World(engine)
            let ada = try await world.visitor()
            let client = try await world.client { $0.refreshReuseLeeway = leeway }
            let token = try await world.tokens(for: ada, client).refreshToken
            outcomes = try await inParallel(count) { index in
                try await world.refresh(token, by: client, key: key?(index), at: .start + .seconds(1))
            }
            (self.world, self.client, self.token) = (world, client, token)
        }

        var successors: [String] {
            outcomes.compactMap { try? $0.get().refreshToken }
        }
    }

    /// No one can tell the owner from a thief when the same token comes twice, so that the grant ends for both.
    @Test("have one winner; the losers end the grant, and with it what the winner got", arguments: Engine.all)
    func noKey(engine: Engine) async throws {
        let race = try await Race(engine, count: 100)
        #expect(race.successors.count == 1)
        #expect(race.outcomes.count { $0.refusal == .reused } == 1)
        #expect(race.outcomes.count { $0.refusal == .revoked } == 98)
        let grant = try await race.world.grant(race.token)
        #expect(grant.generation == 2)
        #expect(grant.revocationReason == .reuse)
        #expect(try await race.world.count(.refreshTokenReuse) == 1)
        #expect(try await race.world.count(.grantRevoked) == 1)
        let next = try await race.world.refresh(race.successors[0], by: race.client, at: .start + .seconds(2))
        #expect(next.refusal == .revoked)
    }

    @Test("under one key are one call: all get the same successor, and the grant lives", arguments: Engine.all)
    func sameKey(engine: Engine) async throws {
        let race = try await Race(engine, count: 100, key: { _ in "one call" })
        #expect(race.successors.count == 100)
        #expect(Set(race.successors).count == 1)
        let grant = try await race.world.grant(race.token)
        #expect(grant.generation == 2)
        #expect(grant.revokedAt == nil)
        #expect(try await race.world.count(.refreshTokenRepeated) == 99)
        let next = try await race.world.refresh(race.successors[0], by: race.client, at: .start + .seconds(2))
        #expect(next.refusal == nil)
    }

    @Test("under keys of their own are many calls: one winner, and the grant ends", arguments: Engine.all)
    func otherKeys(engine: Engine) async throws {
        let race = try await Race(engine, count: 50, key: { "call \($0)" })
        #expect(race.successors.count == 1)
        #expect(try await race.world.grant(race.token).revocationReason == .reuse)
    }

    @Test("by a client with a leeway all get the same successor, and the grant lives", arguments: Engine.all)
    func leeway(engine: Engine) async throws {
        let race = try await Race(engine, count: 50, leeway: .seconds(10))
        #expect(Set(race.successors).count == 1)
        #expect(race.successors.count == 50)
        #expect(try await race.world.grant(race.token).revokedAt == nil)
        let late = try await race.world.refresh(race.token, by: race.client, at: .start + .seconds(12))
        #expect(late.refusal == .reused)
    }

    @Test("mixed with revocations leave no living token", arguments: Engine.all)
    func revocation(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let token = try await world.tokens(for: ada, app).refreshToken
        let grant = try await world.grant(token).id
        let outcomes = try await inParallel(50) { index -> Result<TokenSet, RefreshRefusal>? in
            guard index % 5 != 0 else {
                try await world.provider.grants.revoke(grant, by: app.id, at: .start, from: .device)
                return nil
            }
            return try await world.refresh(token, by: app, key: "one call", at: .start)
        }
        #expect(try await world.count(.grantRevoked) == 1)
        for successor in outcomes.compactMap({ try? $0?.get().refreshToken }) + [token] {
            #expect(try await world.refresh(successor, by: app, key: "one call", at: .start).refusal == .revoked)
        }
    }
}
