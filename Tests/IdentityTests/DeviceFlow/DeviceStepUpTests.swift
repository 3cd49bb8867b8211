import JOSE
import Testing

@testable import Identity

@Suite("Deciding about a device of a client that demands a second factor")
struct DeviceStepUpTests {
    private func approve(
        _ codes: DeviceFlow.Codes, by visitor: Visitor, showing stepUp: StepUp?, at now: Instant, _ world: World
    ) async throws -> DeviceDecisionRefusal? {
        try await world.provider.deviceDecisions.approve(
            codes.userCode, organization: visitor.organization.id, by: visitor.authenticated, stepUp: stepUp, at: now,
            from: .desk
        ).refusal
    }

    @Test("is refused without one of the last five minutes, and nothing has changed then", arguments: Engine.all)
    func demanded(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let app = try await world.client { $0.stepUp = .always }
        #expect(app.stepUp == .always)
        let later = Instant.start + .seconds(60)
        let codes = try await world.codes(app, at: later)
        #expect(try await world.open(codes, by: ada).refusal == nil)
        let before = try await world.tally()
        for stepUp in [nil, StepUp(.totp, at: later - StepUp.maximumAge)] {
            #expect(try await approve(codes, by: ada, showing: stepUp, at: later, world) == .stepUpRequired)
        }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.poll(codes, by: app, at: later).refusal == .authorizationPending)
        let eve = try await world.visitor("eve@example.com")
        #expect(try await approve(codes, by: eve, showing: nil, at: later, world) == .openedElsewhere)

        let proof = StepUp(.totp, at: later - .seconds(10))
        #expect(try await approve(codes, by: ada, showing: proof, at: later, world) == nil)
        let tokens = try await world.poll(codes, by: app, at: later + .seconds(10)).get()
        let claims = try world.claims(tokens.accessToken)
        #expect(claims["amr"] == .array(["email", "otp", "mfa"]))
        #expect(claims["auth_time"] == .integer(proof.provenAt.seconds))
        // The device itself has shown nothing.
        #expect(claims["acr"] == nil)
    }

    @Test("of another client is as it was, and tells nothing of a second factor", arguments: Engine.all)
    func others(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.visitor(), try await world.client())
        let codes = try await world.codes(app)
        #expect(try await world.open(codes, by: ada).refusal == nil)
        #expect(try await approve(codes, by: ada, showing: StepUp(.totp, at: .start), at: .start, world) == nil)
        let claims = try world.claims(try await world.poll(codes, by: app).get().accessToken)
        #expect(claims["amr"] == .array(["email"]))
    }

    @Test("is denied without one", arguments: Engine.all)
    func denied(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let app = try await world.client { $0.stepUp = .always }
        let codes = try await world.codes(app)
        #expect(try await world.open(codes, by: ada).refusal == nil)
        #expect(try await world.deny(codes, by: ada).refusal == nil)
    }

    @Test("the demand is changed by registering anew, and the audit tells it", arguments: Engine.all)
    func registering(engine: Engine) async throws {
        let world = try await World(engine)
        try await world.client { $0.stepUp = .always }
        let before = try await world.tally()
        try await world.client { $0.stepUp = .always }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.client().stepUp == .never)
        #expect(try await world.events(since: before) == [.clientChanged: 1])
    }
}
