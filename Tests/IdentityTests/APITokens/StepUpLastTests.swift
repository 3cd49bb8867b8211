import Database
import JOSE
import Testing

@testable import Identity

@Suite("A second factor for API tokens")
struct StepUpLastTests {
    @Test("is asked for last: what is refused all the same is told without one", arguments: Engine.all)
    func minting(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, _) = try await world.admin()
        let login = try await world.actor(ada, isProven: false)
        let narrow = try await world.actor(ada, scopes: ["jobs:read"], isProven: false)
        func custom(_ scope: String) -> Minting { Minting(label: "x", access: .custom, scopes: [scope]) }
        #expect(try await world.mint(custom("jobs:fly"), by: login).refusal == .scopeUnknown("jobs:fly"))
        #expect(try await world.mint(custom("jobs:write"), by: narrow).refusal == .scopeNotHeld("jobs:write"))
        try await world.put(ada.organization.id, on: .pro)
        #expect(try await world.mint(custom("jobs:read"), by: login).refusal == .planWithoutCustomScopes(.pro))
        #expect(try await world.mint(by: login).refusal == .stepUpRequired)
        try await world.put(ada.organization.id, on: .free)
        #expect(try await world.mint(by: login).refusal == .planWithoutTokens(.free))
        #expect(try await world.number("SELECT COUNT(*) FROM api_tokens") == 0)
    }

    @Test("is not asked for to rotate what cannot be, nor to make one too many", arguments: Engine.all)
    func rotating(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, actor) = try await world.admin()
        let login = try await world.actor(ada, isProven: false)
        let given = try await world.mint(by: actor).get()
        #expect(try await world.rotate(given, overlap: 604_801, by: login).refusal == .overlapTooLong)
        _ = try await world.rotate(given, overlap: 60, by: actor).get()
        let end = Instant.start + .seconds(60)
        #expect(try await world.rotate(given, overlap: 60, by: login).refusal == .overlapRunning(until: end))
        #expect(try await world.rotate(given, by: login).refusal == .stepUpRequired)
        try await world.fill(with: given.listed.token.id)
        #expect(try await world.mint(by: login).refusal == .tooMany)
        let id = given.listed.token.id
        _ = try await world.provider.apiTokens.revoke(id, by: login, at: .start, from: .desk).get()
        #expect(try await world.rotate(given, by: login).refusal == .revoked)
        #expect(try await world.number("SELECT MAX(generation) FROM api_tokens") == 2)
    }
}
