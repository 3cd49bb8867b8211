import Database
import JOSE
import Testing

@testable import Identity

@Suite("Refreshes of one transaction")
struct RefreshBatchTests {
    /// Some grants of one user, made past the flow.
    private func grants(_ count: Int, in world: World) async throws -> [Grant] {
        let ada = try await world.visitor()
        let client = try await world.client()
        let first = try await world.grant(try await world.tokens(for: ada, client).refreshToken)
        let permission = Grants.Permission(
            user: first.user, client: client, organization: first.organization, scopes: first.scopes,
            audience: first.audience, authTime: .start, amr: first.amr)
        let grants = world.provider.grants
        return try await world.database.write { transaction in
            try (0..<count).map { _ in
                try grants.issue(permission, in: transaction, at: .start, from: .device).get().grant
            }
        }
    }

    private func call(_ grant: Grant, key: [UInt8]? = nil, in world: World) -> RefreshCall {
        let keys = world.provider.keys
        return RefreshCall(
            token: RefreshToken(of: grant, key: keys.refresh), key: keys.refresh, now: .start + .seconds(1),
            origin: .device,
            request: RefreshRequest(
                generation: grant.generation, client: .unnamed, idempotencyKey: key, scopes: nil, resource: nil,
                address: "203.0.113.\(grant.id.rawValue % 250)"))
    }

    private func perform(_ calls: [RefreshCall], in world: World) async throws -> [RefreshBatch.Outcome] {
        let grants = world.provider.grants
        return try await world.database.write { transaction in
            var batch = try RefreshBatch(calls.map(\.token.grant), of: grants, in: transaction)
            let outcomes = try calls.map { try batch.perform($0) }
            try batch.save()
            return outcomes
        }
    }

    private func stored(_ grant: Grant, in world: World) async throws -> Grant {
        try #require(try await world.database.read { try Grant.find(grant.id, in: $0) })
    }

    /// Each size of statement, full, padded, and more than one of the largest.
    @Test(
        "rotate each grant once, each with its own values, and touch no other", arguments: Engine.all, [1, 3, 16, 70])
    func rotation(engine: Engine, count: Int) async throws {
        let world = try await World(engine)
        let grants = try await grants(count + 1, in: world)
        let calls = grants.dropLast().enumerated().map { index, grant in
            call(grant, key: index % 2 == 0 ? [UInt8(index)] : nil, in: world)
        }
        let outcomes = try await perform(calls, in: world)
        #expect(outcomes.count == count)
        for (call, outcome) in zip(calls, outcomes) {
            let answered = try outcome.get().issued.grant
            let stored = try await stored(answered, in: world)
            #expect(answered.id == call.token.grant)
            #expect(stored.generation == 2)
            #expect(stored.rotatedAt == call.now)
            #expect(stored.rotationKey == call.request.idempotencyKey)
            #expect(stored.lastUsedAt == call.now)
            #expect(stored.lastUsedAddress == call.request.address)
            #expect(stored.revokedAt == nil)
        }
        #expect(try await stored(grants[count], in: world).generation == 1)
    }

    @Test(
        "of the same token have one winner; what comes second ends the grant, after its rotation", arguments: Engine.all
    )
    func reuse(engine: Engine) async throws {
        let world = try await World(engine)
        let grants = try await grants(2, in: world)
        let calls = [
            call(grants[0], key: [1], in: world), call(grants[1], in: world), call(grants[0], key: [1], in: world),
            call(grants[0], key: [2], in: world), call(grants[0], key: [1], in: world),
        ]
        let outcomes = try await perform(calls, in: world)
        #expect(outcomes.map(\.refusal) == [nil, nil, nil, .reused, .revoked])
        #expect(try outcomes[2].get().issued.grant.generation == 2)
        let ended = try await stored(grants[0], in: world)
        #expect(ended.generation == 2)
        #expect(ended.revocationReason == .reuse)
        let neighbour = try await stored(grants[1], in: world)
        #expect(neighbour.generation == 2)
        #expect(neighbour.revokedAt == nil)
        #expect(try await world.count(.refreshTokenRepeated) == 1)
        #expect(try await world.count(.refreshTokenReuse) == 1)
        #expect(try await world.count(.grantRevoked) == 1)
    }

    @Test("save nothing when a row is not as it was read", arguments: Engine.all)
    func changedMeanwhile(engine: Engine) async throws {
        let world = try await World(engine)
        let grants = try await grants(3, in: world)
        let rotations = grants.enumerated().map { index, grant in
            var next = grant
            next.generation = 2
            next.rotatedAt = .start
            return Grant.Rotation(grant: next, from: index == 1 ? 9 : 1)
        }
        await #expect(throws: DatabaseFailure.self) {
            try await world.database.write { try Grant.save(rotations, in: $0) }
        }
        for grant in grants { #expect(try await stored(grant, in: world).generation == 1) }
    }

    @Test("of a grant that is not there, or with another's code, are refused among the others", arguments: Engine.all)
    func unknown(engine: Engine) async throws {
        let world = try await World(engine)
        let grants = try await grants(2, in: world)
        let stranger = Grant.example(generation: 1)
        let outcomes = try await perform(
            [call(stranger, in: world), call(grants[0], in: world), call(grants[1], in: world)], in: world)
        #expect(outcomes.map(\.refusal) == [.unknown, nil, nil])
    }

    @Test("a row that cannot be read refuses its own caller alone", arguments: Engine.all)
    func corruptRow(engine: Engine) async throws {
        let world = try await World(engine)
        let app = try await world.client("other")
        let ada = try await world.visitor()
        var tokens: [String] = []
        for _ in 0..<12 { tokens.append(try await world.tokens(for: ada, app).refreshToken) }
        let broken = try await world.grant(tokens[5]).id
        let strange = try await world.client("strange").id
        try await world.tamper("UPDATE clients SET grant_types = 'no_such_type' WHERE id = ?", .id(strange))
        try await world.tamper("UPDATE grants SET client_id = ? WHERE id = ?", .id(strange), .id(broken))
        let presented = tokens
        let refusals = try await inParallel(12) { index -> String? in
            do {
                return try await world.refresh(presented[index], by: app, at: .start).refusal.map { "\($0)" }
            } catch DatabaseFailure.corrupt {
                return "corrupt \(index)"
            }
        }
        #expect(refusals.compactMap { $0 } == ["corrupt 5"])
    }
}
