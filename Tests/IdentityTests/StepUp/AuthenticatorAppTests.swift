import JOSE
import Testing

@testable import Identity

@Suite("Authenticator apps")
struct AuthenticatorAppTests {
    @Test("an app counts from its first code on, which is used up by it", arguments: Engine.all)
    func enrolment(engine: Engine) async throws {
        let world = try await World(engine)
        let (apps, ada) = (world.provider.authenticatorApps, try await world.visitor("ada+x@example.com"))
        #expect(try await apps.confirm("123456", by: ada.login, at: .start, from: .desk).refusal == .nothingToConfirm)
        let shown = try await apps.enrol(by: ada.login, stepUp: nil, at: .start, from: .desk).get()
        #expect(shown.secret.utf8.count == 32)
        #expect(
            shown.uri == """
                otpauth://totp/id.example.com:ada%2Bx%40example.com?secret=\(shown.secret)&issuer=id.example.com\
                &algorithm=SHA1&digits=6&period=30
                """)
        #expect(try await world.provider.stepUps.methods(of: ada.user.id) == [])
        let secret = try #require(try await world.secret(of: ada.user.id, .pending)).totp
        let code = secret.code(of: TOTP.step(at: .start))
        let early = try await world.provider.stepUps.prove(
            .totp(code), by: ada.user.id, on: ada.login, at: .start, from: .desk)
        #expect(early.refusal == .notEnrolled)
        #expect(try await apps.confirm(code, by: ada.login, at: .start, from: .desk).get().count == 10)
        let again = try await world.provider.stepUps.prove(
            .totp(code), by: ada.user.id, on: ada.login, at: .start, from: .desk)
        #expect(again.refusal == .usedCode)
        #expect(try await world.stepUp(of: ada) == nil, "setting up is no step-up")
        #expect(try await apps.confirm(code, by: ada.login, at: .start, from: .desk).refusal == .nothingToConfirm)
        #expect(try await world.count(.totpEnrolled) == 1)
        #expect(try await world.count(.totpConfirmed) == 1)
    }

    @Test("a new secret waits for half an hour, and a newer one takes its place", arguments: Engine.all)
    func pending(engine: Engine) async throws {
        let world = try await World(engine)
        let (apps, ada) = (world.provider.authenticatorApps, try await world.visitor())
        func enrol() async throws -> TOTP {
            _ = try await apps.enrol(by: ada.login, stepUp: nil, at: .start, from: .desk).get()
            return try #require(try await world.secret(of: ada.user.id, .pending)).totp
        }
        let (first, second) = (try await enrol(), try await enrol())
        let late = Instant.start + .seconds(1_800)
        func confirm(_ app: TOTP, at now: Instant) async throws -> StepUpRefusal? {
            try await apps.confirm(app.code(of: TOTP.step(at: now)), by: ada.login, at: now, from: .desk).refusal
        }
        #expect(try await confirm(first, at: .start) == .wrongCode)
        #expect(try await confirm(second, at: late) == .nothingToConfirm)
        #expect(try await apps.pending(of: ada.user, at: late) == nil)
        #expect(try await apps.pending(of: ada.user, at: .start) != nil)
        #expect(try await confirm(second, at: late - .seconds(1)) == nil)
        #expect(try await world.number("SELECT COUNT(*) FROM totp_secrets") == 1)
    }

    @Test("a new app takes a step-up, and the old one is good until the new one is confirmed", arguments: Engine.all)
    func replacement(engine: Engine) async throws {
        let world = try await World(engine)
        let (apps, ada) = (world.provider.authenticatorApps, try await world.enrolled())
        let old = StepUp(.totp, at: .start - .seconds(300))
        for stepUp in [nil, old] {
            let refused = try await apps.enrol(by: ada.login, stepUp: stepUp, at: .start, from: .desk)
            #expect(refused.refusal == .stepUpRequired)
        }
        #expect(try await world.number("SELECT COUNT(*) FROM totp_secrets") == 1)
        let proof = try await world.prove(ada.code(at: .start), ada).get()
        _ = try await apps.enrol(by: ada.login, stepUp: proof, at: .start, from: .desk).get()
        let later = Instant.start + .seconds(30)
        #expect(try await world.prove(ada.code(at: later), ada, at: later).refusal == nil)
        let new = try #require(try await world.secret(of: ada.user, .pending)).totp
        let code = new.code(of: TOTP.step(at: later))
        for stepUp in [nil, old] {
            let refused = try await apps.confirm(code, by: ada.login, stepUp: stepUp, at: later, from: .desk)
            #expect(refused.refusal == .stepUpRequired)
        }
        let codes = try await apps.confirm(code, by: ada.login, stepUp: proof, at: later, from: .desk).get()
        #expect(Set(codes).isDisjoint(with: ada.recoveryCodes))
        let end = later + .seconds(30)
        #expect(try await world.prove(ada.code(at: end), ada, at: end).refusal == .wrongCode)
        #expect(try await world.prove(ada.recoveryCodes[0], ada, at: end).refusal == .wrongCode)
        #expect(try await world.prove(codes[0], ada, at: end).refusal == nil)
        #expect(try await world.prove(new.code(of: TOTP.step(at: end)), ada, at: end).refusal == nil)
    }

    @Test("removing it takes a step-up, and its recovery codes go with it", arguments: Engine.all)
    func removal(engine: Engine) async throws {
        let world = try await World(engine)
        let (apps, ada) = (world.provider.authenticatorApps, try await world.enrolled())
        func remove(_ stepUp: StepUp?) async throws -> StepUpRefusal? {
            try await apps.remove(by: ada.login, stepUp: stepUp, at: .start, from: .desk).refusal
        }
        #expect(try await remove(nil) == .stepUpRequired)
        #expect(try await remove(StepUp(.passkey, at: .start - .seconds(300))) == .stepUpRequired)
        let proof = try await world.prove(ada.recoveryCodes[9], ada).get()
        #expect(try await remove(proof) == nil)
        #expect(try await remove(proof) == .notEnrolled)
        #expect(try await world.number("SELECT COUNT(*) FROM totp_secrets") == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM recovery_codes") == 0)
        #expect(try await world.prove(ada.code(at: .start), ada).refusal == .notEnrolled)
        #expect(try await world.prove(ada.recoveryCodes[0], ada).refusal == .notEnrolled)
        #expect(try await world.count(.totpRemoved) == 1)
    }

    @Test("new recovery codes take a step-up and an app, and end those before them", arguments: Engine.all)
    func newCodes(engine: Engine) async throws {
        let world = try await World(engine)
        let (apps, ada) = (world.provider.authenticatorApps, try await world.enrolled())
        func renew(_ stepUp: StepUp?) async throws -> Result<[String], StepUpRefusal> {
            try await apps.newRecoveryCodes(by: ada.login, stepUp: stepUp, at: .start, from: .desk)
        }
        #expect(try await renew(nil).refusal == .stepUpRequired)
        let codes = try await renew(StepUp(.totp, at: .start)).get()
        #expect(try await world.prove(ada.recoveryCodes[0], ada).refusal == .wrongCode)
        #expect(try await world.prove(codes[0], ada).refusal == nil)
        let bob = try await world.visitor("bob@example.com")
        let refused = try await apps.newRecoveryCodes(
            by: bob.login, stepUp: StepUp(.passkey, at: .start), at: .start, from: .desk)
        #expect(refused.refusal == .notEnrolled)
    }
}
