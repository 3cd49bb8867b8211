import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

@Suite("A passkey as a second factor")
struct PasskeyStepUpTests {
    /// Asks and answers, in the browser of a person.
    private func prove(
        _ key: SoftwareAuthenticator, _ visitor: Visitor, _ world: World, _ saying: Saying = Saying(),
        on login: Login? = nil, at now: Instant = .start
    ) async throws -> Result<StepUp, PasskeyStepUpRefusal> {
        let response = try key.authenticate(try await options(visitor, world, at: now), saying)
        return try await send(response, visitor, world, on: login, at: now)
    }

    private func options(_ visitor: Visitor, _ world: World, at now: Instant = .start) async throws -> JSONObject {
        let options = try await world.provider.passkeyStepUp.begin(for: visitor.user.id, by: visitor.holder, at: now)
        var json = JSONWriter()
        try #require(options).write(to: &json)
        return try #require(try JSONValue.parse(json.bytes).object)
    }

    private func send(
        _ response: JSONValue, _ visitor: Visitor, _ world: World, on login: Login? = nil,
        at now: Instant = .start
    ) async throws -> Result<StepUp, PasskeyStepUpRefusal> {
        try await world.provider.passkeyStepUp.prove(
            try AuthenticationResponse(response), by: visitor.user.id, holding: visitor.holder,
            on: login ?? visitor.login, at: now, from: .desk)
    }

    @Test("is recorded on the very session it was shown in, for five minutes", arguments: Engine.all)
    func recorded(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, again) = (try await world.visitor(), try await world.visitor())
        #expect(try await world.provider.stepUps.methods(of: ada.user.id) == [])
        #expect(try await world.provider.passkeyStepUp.begin(for: ada.user.id, by: ada.holder, at: .start) == nil)
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        #expect(try await world.provider.stepUps.methods(of: ada.user.id) == [.passkey])
        let asked = try await options(ada, world)
        #expect(asked["allowCredentials"]?.array?.first?.object?["id"] == .string(Base64URL.encode(key.credentialID)))
        let before = try await world.tally()
        let stepUp = try await prove(key, ada, world).get()
        #expect(try await world.events(since: before) == [.passkeyUsed: 1, .stepUpProven: 1])
        #expect(stepUp == StepUp(.passkey, at: .start))
        #expect(try await world.stepUp(of: ada) == stepUp)
        #expect(try await world.stepUp(of: again) == nil)
    }

    @Test("is refused of another user, for another session, twice, and for a sign-in", arguments: Engine.all)
    func refused(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        var (key, other) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        try await world.passkey(on: &key, for: ada)
        try await world.passkey(on: &other, for: bob)
        #expect(try await prove(other, ada, world).refusal == .proof(.ceremony(.wrongCredential)))
        let pretending = Saying { $0.userHandle = ada.user.id.userHandle }
        #expect(try await prove(other, ada, world, pretending).refusal == .proof(.ceremony(.wrongCredential)))
        #expect(
            try await prove(key, ada, world, Saying { $0.flags = 1 }).refusal == .proof(.ceremony(.userNotVerified)))
        let response = try key.authenticate(try await options(ada, world))
        #expect(try await send(response, bob, world).refusal == .proof(.challenge(.unknown)))
        let signIn = try key.authenticate(try await world.requestOptions(by: ada.holder))
        #expect(try await send(signIn, ada, world).refusal == .proof(.challenge(.unknown)))
        let elsewhere = bob.login
        #expect(try await prove(key, ada, world, on: elsewhere).refusal == .ended)
        #expect(try await world.stepUp(of: ada) == nil)
        #expect(try await world.stepUp(of: bob) == nil)
        _ = try await send(response, ada, world).get()
        #expect(try await send(response, ada, world).refusal == .proof(.challenge(.unknown)))
    }

    @Test("is not made, nor removed, beside an authenticator app without a step-up", arguments: Engine.all)
    func besideApp(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        let (registration, visitor) = (world.provider.passkeyRegistration, ada.visitor)
        let stale = StepUp(.totp, at: .start - .seconds(300))
        for stepUp in [nil, stale] {
            let begun = try await registration.begin(
                by: visitor.login, stepUp: stepUp, at: .start)
            #expect(begun.refusal == .stepUpRequired)
        }
        let proof = try await world.prove(ada.code(at: .start), ada).get()
        let options = try await registration.begin(by: visitor.login, stepUp: proof, at: .start)
        var json = JSONWriter()
        try options.get().write(to: &json)
        var key = try SoftwareAuthenticator()
        let response = try RegistrationResponse(key.register(try #require(try JSONValue.parse(json.bytes).object)))
        let hasty = try await registration.finish(
            response, name: nil, by: visitor.login, at: .start, from: .desk)
        #expect(hasty.refusal == .stepUpRequired)
        let passkey = try await registration.finish(
            response, name: nil, by: visitor.login, stepUp: proof, at: .start, from: .desk
        ).get()
        let passkeys = world.provider.passkeys
        let refused = try await passkeys.remove(passkey.id, by: visitor.login, stepUp: stale, at: .start, from: .desk)
        #expect(refused.refusal == .stepUpRequired)
        #expect(try await world.provider.stepUps.methods(of: ada.user) == [.passkey, .totp, .recoveryCode])
        try await passkeys.remove(passkey.id, by: visitor.login, stepUp: proof, at: .start, from: .desk).get()
    }
}
