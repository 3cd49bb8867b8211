import JOSE
import Testing

@testable import Identity

@Suite("The device flow")
struct DeviceFlowTests {
    @Test("ends in tokens of the person, the organization and the scopes that were approved", arguments: Engine.all)
    func wholeFlow(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app, scopes: ["jobs:read"], resource: ResourceServer.example.identifier)
        #expect(codes.deviceCode.hasPrefix("lkd_"))
        #expect(codes.expiresIn == .seconds(600))
        #expect(codes.interval == .seconds(5))
        #expect(try await world.poll(codes, by: app).refusal == .authorizationPending)
        try await world.approve(codes, by: ada, at: .start + .seconds(60))
        let tokens = try await world.poll(codes, by: app, at: .start + .seconds(61)).get()
        let claims = try world.claims(tokens.accessToken)
        #expect(claims["sub"] == .string(ada.user.id.description))
        #expect(claims["org"] == .string(ada.organization.id.description))
        #expect(claims["aud"] == .string(ResourceServer.example.identifier))
        #expect(claims["scope"] == .string("jobs:read"))
        #expect(claims["auth_time"] == .integer(Instant.start.seconds))
        #expect(claims["amr"] == .array([.string("email")]))
        let grant = try await world.grant(tokens.refreshToken)
        #expect(claims["sid"] == .string(grant.id.description))
        #expect(grant.device == RequestOrigin.device.agent)
        #expect(grant.generation == 1)
        let kinds = try await world.events().filter { $0.client == app.id }.map(\.kind)
        #expect(
            Set(kinds) == [
                .clientRegistered, .deviceAuthorizationRequested, .deviceAuthorizationApproved, .grantIssued,
            ])
    }

    @Test("is for all scopes of the client when none is named, and never for more", arguments: Engine.all)
    func scopes(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (
            try await world.visitor(), try await world.client { $0.scopes = ["jobs:read", "bills:read"] }
        )
        #expect(try await world.tokens(for: ada, app).scopes == ["bills:read", "jobs:read"])
        func refusal(_ scopes: ScopeSet?, resource: String? = nil) async throws -> ScopeRefusal? {
            let request = DeviceFlow.Request(client: app, scopes: scopes, resource: resource, organization: nil)
            return try await world.provider.deviceFlow.authorize(request, at: .start, from: .device).refusal
        }
        #expect(try await refusal(["jobs:read", "jobs:write"]) == .scopeNotAllowed("jobs:write"))
        #expect(try await refusal(["no:such"]) == .scopeNotAllowed("no:such"))
        #expect(try await refusal(nil, resource: "https://x.example") == .audienceUnknown)
        #expect(try await refusal(nil, resource: World.issuer) == nil)
    }

    @Test("gives tokens to one of fifty polls, whoever races", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app)
        try await world.approve(codes, by: ada)
        let outcomes = try await inParallel(50) { _ in try await world.poll(codes, by: app) }
        #expect(outcomes.count { $0.refusal == nil } == 1)
        #expect(outcomes.count { $0.refusal == .redeemed } == 49)
        #expect(try await world.count(.grantIssued) == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM grants") == 1)
        #expect(try await world.poll(codes, by: app).refusal == .redeemed)
    }

    @Test("answers a poll by another client, or with another secret, as if there were no code", arguments: Engine.all)
    func otherClient(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let other = try await world.client("other")
        let codes = try await world.codes(app)
        try await world.approve(codes, by: ada)
        #expect(try await world.poll(codes, by: other).refusal == .unknown)
        let refresh = try await world.tokens(for: ada, app).refreshToken
        let forged = ["", codes.userCode.description, codes.deviceCode + "A", refresh, ada.secret.text]
        for code in forged + [OneTimeSecret(prefix: "lkd_", random: .system).text] {
            let outcome = try await world.provider.deviceFlow.redeem(
                code, by: .authenticated(app), at: .start, from: .device)
            #expect(outcome.refusal == .unknown, "\(code)")
        }
        #expect(try await world.poll(codes, by: app).refusal == nil)
    }

    @Test("of a confidential client needs its proof at every poll", arguments: Engine.all)
    func unproven(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client { $0.secret = "s3cret" })
        let codes = try await world.codes(app)
        try await world.approve(codes, by: ada)
        let unnamed = try await world.provider.deviceFlow.redeem(
            codes.deviceCode, by: .unnamed, at: .start, from: .device)
        #expect(unnamed.refusal == .clientUnproven)
        #expect(try await world.poll(codes, by: app).refusal == nil)
    }

    @Test("slows a hasty device down, and lets it in all the same once it is approved", arguments: Engine.all)
    func pace(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app)
        #expect(try await world.poll(codes, by: app).refusal == .authorizationPending)
        for tenth in 1...20 {
            let hasty = try await world.poll(codes, by: app, at: .start + .milliseconds(tenth * 100))
            #expect(hasty.refusal == .slowDown)
        }
        for second in [30, 35, 40] {
            #expect(
                try await world.poll(codes, by: app, at: .start + .seconds(second)).refusal == .authorizationPending)
        }
        try await world.approve(codes, by: ada, at: .start + .seconds(40))
        #expect(try await world.poll(codes, by: app, at: .start + .seconds(41)).refusal == nil)
    }

    @Test("is over after ten minutes, approved or not, and nothing is issued", arguments: Engine.all)
    func expiry(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let (open, approved) = (try await world.codes(app), try await world.codes(app))
        try await world.approve(approved, by: ada)
        let end = Instant.start + .seconds(600)
        #expect(try await world.poll(open, by: app, at: end).refusal == .expired)
        #expect(try await world.poll(approved, by: app, at: end).refusal == .expired)
        #expect(try await world.count(.grantIssued) == 0)
        #expect(try await world.poll(approved, by: app, at: end - .microseconds(1)).refusal == nil)
    }

    @Test("gives nothing when what the approval stood on is gone by the time of the poll", arguments: Engine.all)
    func groundGone(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let provider = world.provider
        func approved() async throws -> DeviceFlow.Codes {
            let codes = try await world.codes(app, scopes: ["jobs:read"])
            try await world.approve(codes, by: ada)
            return codes
        }
        var codes = try await approved()
        try await provider.users.setDisabled(true, ada.user.id, at: .start, from: .server)
        #expect(try await world.poll(codes, by: app).refusal == .standing(.userDisabled))
        try await provider.users.setDisabled(false, ada.user.id, at: .start, from: .server)

        codes = try await approved()
        try await provider.clients.setDisabled(true, app.id, at: .start, from: .server)
        #expect(try await world.poll(codes, by: app).refusal == .standing(.clientDisabled))
        try await provider.clients.setDisabled(false, app.id, at: .start, from: .server)

        codes = try await approved()
        try await world.loseMembership(ada)
        #expect(try await world.poll(codes, by: app).refusal == .standing(.notAMember))
        try await provider.organizations.join(ada.organization.id, ada.user.id, as: .owner, at: .start, from: .server)

        codes = try await approved()
        try await world.client { $0.scopes = ["bills:read"] }
        #expect(try await world.poll(codes, by: app).refusal == .standing(.scopeWithdrawn("jobs:read")))
        #expect(try await world.poll(codes, by: app).refusal == .redeemed)
        #expect(try await world.count(.grantIssued) == 0)
    }

    @Test("stores neither code as it was given out", arguments: Engine.withFiles)
    func storedCodes(engine: Engine) async throws {
        let world = try await World(engine)
        let codes = try await world.codes(try await world.client())
        let plain = [codes.deviceCode, codes.userCode.description, codes.userCode.description.filter { $0 != "-" }]
        for code in plain {
            #expect(try !world.stores(code))
        }
        #expect(try world.stores(RequestOrigin.device.agent))
    }
}
