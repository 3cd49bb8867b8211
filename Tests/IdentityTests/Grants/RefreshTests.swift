import JOSE
import Testing

@testable import Identity

@Suite("Refreshing")
struct RefreshTests {
    @Test("gives the next token and an access token of the same grant", arguments: Engine.all)
    func refresh(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let first = try await world.tokens(for: ada, app, scopes: ["jobs:read", "jobs:write"])
        let second = try await world.refresh(first.refreshToken, by: app, at: .start + .seconds(60)).get()
        let (before, after) = (try world.claims(first.accessToken), try world.claims(second.accessToken))
        for claim in ["iss", "sub", "aud", "client_id", "scope", "auth_time", "amr", "sid", "org"] {
            #expect(before[claim] != nil && before[claim] == after[claim], "\(claim)")
        }
        #expect(before["jti"] != after["jti"])
        #expect(after["iss"] == .string(World.issuer))
        #expect(after["aud"] == .string(World.issuer))
        #expect(after["sub"] == .string(ada.user.id.description))
        #expect(after["org"] == .string(ada.organization.id.description))
        #expect(after["client_id"] == .string("app"))
        #expect(after["scope"] == .string("jobs:read jobs:write"))
        #expect(after["iat"] == .integer(1_800_000_060))
        #expect(after["exp"] == .integer(1_800_000_060 + 14_400))
        #expect(second.expiresIn == .seconds(14_400))
        #expect(try await world.grant(second.refreshToken).generation == 2)
    }

    @Test("a second time with the same token ends the grant, and its newest token with it", arguments: Engine.all)
    func reuse(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let first = try await world.tokens(for: ada, app).refreshToken
        let other = try await world.tokens(for: ada, app).refreshToken
        let second = try await world.refresh(first, by: app, at: .start + .seconds(1)).get().refreshToken
        let third = try await world.refresh(second, by: app, at: .start + .seconds(2)).get().refreshToken
        let before = try await world.tally()
        #expect(try await world.refresh(first, by: app, at: .start + .seconds(3)).refusal == .reused)
        #expect(try await world.refresh(third, by: app, at: .start + .seconds(4)).refusal == .revoked)
        #expect(try await world.refresh(first, by: app, at: .start + .seconds(5)).refusal == .revoked)
        #expect(try await world.events(since: before) == [.refreshTokenReuse: 1, .grantRevoked: 1])
        #expect(try await world.grant(first).revocationReason == .reuse)
        let active = try await world.provider.grants.standing(of: try await world.grant(first).id, at: .start)
        #expect(active.refusal == .revoked)
        #expect(try await world.refresh(other, by: app, at: .start + .seconds(6)).refusal == nil)
    }

    @Test("with a spent token is found out after a restart too", arguments: Engine.all)
    func restart(engine: Engine) async throws {
        var world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let first = try await world.tokens(for: ada, app).refreshToken
        let second = try await world.refresh(first, by: app, at: .start + .seconds(1)).get().refreshToken
        world = try await world.restarted()
        #expect(try await world.refresh(first, by: app, at: .start + .seconds(2)).refusal == .reused)
        world = try await world.restarted()
        #expect(try await world.refresh(second, by: app, at: .start + .seconds(3)).refusal == .revoked)
    }

    @Test("the same call again, with its key, gets the same token, until its successor is used", arguments: Engine.all)
    func repeated(engine: Engine) async throws {
        var world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let first = try await world.tokens(for: ada, app).refreshToken
        let second = try await world.refresh(first, by: app, key: "call-1", at: .start).get().refreshToken
        world = try await world.restarted()
        let again = try await world.refresh(first, by: app, key: "call-1", at: .start + .seconds(60)).get()
        #expect(again.refreshToken == second)
        #expect(try await world.count(.refreshTokenRepeated) == 1)
        let third = try await world.refresh(second, by: app, key: "call-2", at: .start + .seconds(60)).get()
        let late = try await world.refresh(first, by: app, key: "call-1", at: .start + .seconds(60))
        #expect(late.refusal == .reused)
        let newest = try await world.refresh(third.refreshToken, by: app, at: .start + .seconds(61))
        #expect(newest.refusal == .revoked)
    }

    @Test("for fewer scopes narrows one access token, not the grant", arguments: Engine.all)
    func narrower(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let first = try await world.tokens(for: ada, app, scopes: ["jobs:read", "jobs:write"]).refreshToken
        let second = try await world.refresh(first, by: app, at: .start) { $0.scopes = ["jobs:read"] }.get()
        #expect(second.scopes == ["jobs:read"])
        #expect(try world.claims(second.accessToken)["scope"] == .string("jobs:read"))
        let third = try await world.refresh(second.refreshToken, by: app, at: .start).get()
        #expect(third.scopes == ["jobs:read", "jobs:write"])
    }

    @Test("for more scopes or another resource is refused, and the token stays good", arguments: Engine.all)
    func wider(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let token = try await world.tokens(for: ada, app, scopes: ["jobs:read"]).refreshToken
        let wider = try await world.refresh(token, by: app, at: .start) { $0.scopes = ["jobs:read", "jobs:write"] }
        #expect(wider.refusal == .scopeNotGranted("jobs:write"))
        let elsewhere = try await world.refresh(token, by: app, at: .start) { $0.resource = "https://x.example" }
        #expect(elsewhere.refusal == .otherResource)
        #expect(try await world.refresh(token, by: app, at: .start).refusal == nil)
    }

    @Test("by another client, or unproven for a confidential one, changes nothing", arguments: Engine.all)
    func otherClient(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, other) = (try await world.visitor(), try await world.client("other"))
        let app = try await world.client { $0.secret = "s3cret" }
        let token = try await world.tokens(for: ada, app).refreshToken
        let before = try await world.tally()
        #expect(try await world.refresh(token, by: other, at: .start).refusal == .otherClient)
        let unnamed = try await world.refresh(token, by: app, at: .start) { $0.client = .unnamed }
        #expect(unnamed.refusal == .clientUnproven)
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.refresh(token, by: app, at: .start).refusal == nil)
    }

    @Test("stops the moment its ground is gone, and goes on when it is back", arguments: Engine.all)
    func ground(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let api = ResourceServer.example
        let token = try await world.tokens(for: ada, app, scopes: ["jobs:read"], resource: api.identifier).refreshToken
        let provider = world.provider

        try await provider.users.setDisabled(true, ada.user.id, at: .start, from: .server)
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .standing(.userDisabled))
        try await provider.users.setDisabled(false, ada.user.id, at: .start, from: .server)

        try await world.loseMembership(ada)
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .standing(.notAMember))
        try await provider.organizations.join(ada.organization.id, ada.user.id, as: .viewer, at: .start, from: .server)

        try await provider.clients.setDisabled(true, app.id, at: .start, from: .server)
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .standing(.clientDisabled))
        try await provider.clients.setDisabled(false, app.id, at: .start, from: .server)

        try await world.client { $0.scopes = ["jobs:write"] }
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .standing(.scopeWithdrawn("jobs:read")))
        try await world.client()

        let smaller = ResourceServer(identifier: api.identifier, name: "", scopes: [Scope("jobs:write", "")])
        try await provider.resourceServers.declare(smaller, at: .start)
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .standing(.scopeWithdrawn("jobs:read")))
        try await provider.resourceServers.declare(api, at: .start)

        try await world.client { $0.grantTypes = [.deviceCode] }
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .grantTypeNotAllowed)
        try await world.client()

        #expect(try await world.refresh(token, by: app, at: .start).refusal == nil)
    }

    @Test("needs the membership in the grant's own organization: another one is no ground", arguments: Engine.all)
    func otherOrganization(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let organizations = world.provider.organizations
        _ = try await organizations.create(name: "Other", owner: ada.user.id, at: .start, from: .desk)
        let token = try await world.tokens(for: ada, app).refreshToken
        let grant = try await world.grant(token).id
        try await world.loseMembership(ada)
        #expect(try await world.refresh(token, by: app, at: .start).refusal == .standing(.notAMember))
        #expect(try await world.provider.grants.standing(of: grant, at: .start).refusal == .standing(.notAMember))
    }

    @Test("with what is no refresh token, or a forged one, changes nothing", arguments: Engine.all)
    func forged(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app)
        let mine = try await world.tokens(for: ada, app)
        let other = try await world.tokens(for: ada, app).refreshToken
        let (id, code) = (try #require(RefreshToken(mine.refreshToken)), try #require(RefreshToken(other)).code)
        let grafted = "lkr_\(id.grant.description.dropFirst(4))_1_\(Base64URL.encode(code))"
        let noSuchGrant = "lkr_0000000000000_1_\(Base64URL.encode(code))"
        let wrong = [
            "", mine.accessToken, codes.deviceCode, ada.secret.text, world.letters.all[0].token, grafted, noSuchGrant,
            mine.refreshToken + "=", mine.refreshToken.uppercased(), String(mine.refreshToken.dropLast()),
        ]
        let before = try await world.tally()
        for token in wrong {
            #expect(try await world.refresh(token, by: app, at: .start).refusal == .unknown, "\(token)")
            #expect(try await world.provider.refreshTokens.inspect(token) == nil)
        }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.refresh(mine.refreshToken, by: app, at: .start).refusal == nil)
        #expect(try await world.refresh(other, by: app, at: .start).refusal == nil)
    }

    @Test("under a new master key takes what the former one made", arguments: Engine.all)
    func formerMasterKey(engine: Engine) async throws {
        var world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let first = try await world.tokens(for: ada, app).refreshToken
        world = try await world.restarted(master: .second, former: .first)
        let second = try await world.refresh(first, by: app, key: "k", at: .start).get().refreshToken
        #expect(try await world.refresh(first, by: app, key: "k", at: .start).get().refreshToken == second)
        #expect(try await world.refresh(second, by: app, at: .start).refusal == nil)
    }

    @Test("looking at a token spends nothing and takes spent generations for what they are", arguments: Engine.all)
    func inspection(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let first = try await world.tokens(for: ada, app).refreshToken
        let second = try await world.refresh(first, by: app, at: .start).get().refreshToken
        for (token, generation) in [(first, Int64(1)), (second, 2)] {
            let found = try #require(try await world.provider.refreshTokens.inspect(token))
            #expect(found.token.generation == generation)
            #expect(found.grant.generation == 2)
            #expect(found.grant.revokedAt == nil)
        }
    }
}
