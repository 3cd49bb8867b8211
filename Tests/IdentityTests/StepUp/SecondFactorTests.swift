import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

@Suite("Changing one's second factors")
struct SecondFactorTests {
    private let shown = StepUp(.passkey, at: .start)

    @Test("takes a step-up as soon as there is one, whichever it is", arguments: Engine.all)
    func besidePasskey(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        let (apps, registration) = (world.provider.authenticatorApps, world.provider.passkeyRegistration)
        let before = try await world.tally()
        for stepUp in [nil, StepUp(.passkey, at: .start - StepUp.maximumAge)] {
            let begun = try await registration.begin(by: ada.login, stepUp: stepUp, at: .start)
            #expect(begun.refusal == .stepUpRequired)
            let enrolled = try await apps.enrol(by: ada.login, stepUp: stepUp, at: .start, from: .desk)
            #expect(enrolled.refusal == .stepUpRequired)
            let codes = try await apps.newRecoveryCodes(by: ada.login, stepUp: stepUp, at: .start, from: .desk)
            #expect(codes.refusal == .stepUpRequired)
        }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.number("SELECT COUNT(*) FROM totp_secrets") == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM recovery_codes") == 0)
        _ = try await apps.enrol(by: ada.login, stepUp: shown, at: .start, from: .desk).get()
    }

    @Test("an app that was begun before the first passkey is not confirmed beside it without it", arguments: Engine.all)
    func pendingApp(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let apps = world.provider.authenticatorApps
        _ = try await apps.enrol(by: ada.login, stepUp: nil, at: .start, from: .desk).get()
        let app = try #require(try await world.secret(of: ada.user.id, .pending)).totp
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        let confirmed = try await apps.confirm(
            app.code(of: TOTP.step(at: .start)), by: ada.login, at: .start, from: .desk)
        #expect(confirmed.refusal == .stepUpRequired)
        #expect(try await world.provider.stepUps.methods(of: ada.user.id) == [.passkey])
    }

    @Test("a recovery code opens the way to a new passkey, and mail and audit say so", arguments: Engine.all)
    func recovery(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, elsewhere) = (try await world.visitor(), try await world.visitor())
        var (lost, new) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        try await world.passkey(on: &lost, for: ada)
        let codes = try await world.provider.authenticatorApps.newRecoveryCodes(
            by: ada.login, stepUp: shown, at: .start, from: .desk
        ).get()
        #expect(try await world.provider.stepUps.methods(of: ada.user.id) == [.passkey, .recoveryCode])
        let proof = try await world.provider.stepUps.prove(
            .recoveryCode(codes[0]), by: ada.user.id, on: elsewhere.login, at: .start, from: .desk
        ).get()
        let options = try await world.provider.passkeyRegistration.begin(
            by: elsewhere.login, stepUp: proof, at: .start
        ).get()
        var json = JSONWriter()
        options.write(to: &json)
        let response = new.register(try #require(try JSONValue.parse(json.bytes).object))
        let made = try await world.provider.passkeyRegistration.finish(
            try RegistrationResponse(response), name: "New", by: elsewhere.login, stepUp: proof, at: .start, from: .desk
        ).get()
        let notice = try #require(world.notices.all.last)
        #expect(notice.change == .passkeyAdded(name: "New") && notice.isRecovery)
        let events = try await world.events().filter { $0.kind == .passkeyRegistered }
        let event = try #require(events.first { $0.detail.contains(made.id.description) })
        #expect(event.detail.contains(#""recovery":"true""#))
        #expect(events.count { $0.detail.contains("recovery") } == 1)
    }

    @Test("recovery codes go with the last factor that they stand in for", arguments: Engine.all)
    func lastFactor(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        var key = try SoftwareAuthenticator()
        let passkey = try await world.passkey(on: &key, for: ada.visitor)
        try await world.provider.authenticatorApps.remove(by: ada.login, stepUp: shown, at: .start, from: .desk).get()
        #expect(try await world.provider.stepUps.methods(of: ada.user) == [.passkey, .recoveryCode])
        #expect(try await world.prove(ada.recoveryCodes[0], ada).refusal == nil)
        try await world.provider.passkeys.remove(passkey.id, by: ada.login, stepUp: shown, at: .start, from: .desk)
            .get()
        #expect(try await world.provider.stepUps.methods(of: ada.user) == [])
        #expect(try await world.prove(ada.recoveryCodes[1], ada).refusal == .notEnrolled)
        #expect(try await world.number("SELECT COUNT(*) FROM recovery_codes") == 0)
    }

    @Test("is mailed to the user, each change once, and a refused one never", arguments: Engine.all)
    func notices(engine: Engine) async throws {
        let world = try await World(engine)
        let mail = "SELECT COUNT(*) FROM outgoing_mail WHERE suppressed = 0"
        let ada = try await world.enrolled()
        let apps = world.provider.authenticatorApps
        var key = try SoftwareAuthenticator()
        let passkey = try await world.passkey(on: &key, for: ada.visitor, name: "Laptop")
        _ = try await world.register(key.register(try await world.creationOptions(for: ada.visitor)), for: ada.visitor)
        let waiting = try await world.number(mail)
        _ = try await apps.newRecoveryCodes(by: ada.login, stepUp: shown, at: .start, from: .desk).get()
        _ = try await apps.enrol(by: ada.login, stepUp: shown, at: .start, from: .desk).get()
        let app = try #require(try await world.secret(of: ada.user, .pending)).totp
        let code = app.code(of: TOTP.step(at: .start))
        _ = try await apps.confirm(code, by: ada.login, stepUp: shown, at: .start, from: .desk).get()
        _ = try await apps.remove(by: ada.login, stepUp: nil, at: .start, from: .desk)
        try await apps.remove(by: ada.login, stepUp: shown, at: .start, from: .desk).get()
        _ = try await world.provider.passkeys.remove(passkey.id, by: ada.login, at: .start, from: .desk)
        try await world.provider.passkeys.remove(passkey.id, by: ada.login, stepUp: shown, at: .start, from: .desk)
            .get()
        #expect(
            world.notices.all.map(\.change) == [
                .appSetUp, .passkeyAdded(name: "Laptop"), .recoveryCodesMade, .appReplaced, .appRemoved,
                .passkeyRemoved(name: "Laptop"),
            ])
        #expect(world.notices.all.allSatisfy { $0.recipient.text == "ada@example.com" && !$0.isRecovery })
        #expect(world.notices.all.last?.link == "https://id.example.com/account")
        #expect(try await world.number(mail) == waiting + 4)
    }
}
