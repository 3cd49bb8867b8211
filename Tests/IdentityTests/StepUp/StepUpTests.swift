import Database
import Foundation
import JOSE
import Testing

@testable import Identity

@Suite("Stepping up")
struct StepUpTests {
    @Test("a code of the app is recorded where it was shown, and nowhere else", arguments: Engine.all)
    func places(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.enrolled(), try await world.client())
        let first = try await world.grant(world.tokens(for: ada.visitor, app).refreshToken)
        let second = try await world.grant(world.tokens(for: ada.visitor, app).refreshToken)
        let proof = try await world.prove(ada.code(at: .start), ada, on: .grant(first.id)).get()
        #expect(proof == StepUp(.totp, at: .start))
        let (proven, other) = (try await active(first, world), try await active(second, world))
        #expect(proven.isProven(at: .start + .seconds(299)) && !proven.isProven(at: .start + .seconds(300)))
        #expect(!other.isProven(at: .start) && other.grant.stepUp == nil)
        #expect(try await world.stepUp(of: ada.visitor) == nil)
        let events = try await world.events().filter { $0.kind == .stepUpProven }
        #expect(events.map(\.detail) == [#"{"method":"totp"}"#])
        #expect(events.first?.grant == first.id && events.first?.user == ada.user)
    }

    private func active(_ grant: Grant, _ world: World) async throws -> Grants.Active {
        try await world.provider.grants.standing(of: grant.id, at: .start).get()
    }

    @Test("a switched login begins without the proof of the one it came from", arguments: Engine.all)
    func switched(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.enrolled(), try await world.client())
        let grant = try await world.grant(world.tokens(for: ada.visitor, app).refreshToken)
        _ = try await world.prove(ada.code(at: .start), ada, on: .grant(grant.id)).get()
        let tokens = try await world.provider.organizationSwitch.switch(
            from: active(grant, world), to: ada.visitor.organization.slug, at: .start, from: .desk
        ).get()
        #expect(try await world.grant(tokens.refreshToken).stepUp == nil)
        #expect(try world.claims(tokens.accessToken)["acr"] == nil)
    }

    @Test("tokens tell it from the next refresh on", arguments: Engine.all)
    func claims(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.enrolled(), try await world.client())
        let tokens = try await world.tokens(for: ada.visitor, app)
        let later = Instant.start + .seconds(30)
        _ = try await world.prove(
            ada.code(at: later), ada, on: .grant(world.grant(tokens.refreshToken).id), at: later
        ).get()
        let renewed = try await world.refresh(tokens.refreshToken, by: app, at: later + .seconds(600)).get()
        let claims = try world.claims(renewed.accessToken)
        #expect(claims["acr"]?.string == "urn:latchkey:acr:step-up")
        #expect(claims["amr"]?.strings == ["email", "otp", "mfa"])
        #expect(claims["auth_time"]?.integer == later.seconds)
        #expect(try world.claims(tokens.accessToken)["amr"]?.strings == ["email"])
    }

    @Test("a code is accepted once, in whichever step and place it comes again", arguments: Engine.all)
    func onceEach(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        let (now, next) = (ada.code(at: .start), ada.code(at: .start, later: 1))
        #expect(try await world.prove(ada.code(at: .start, later: -1), ada).refusal == .usedCode, "at the confirmation")
        _ = try await world.prove(next, ada).get()
        for (code, seconds) in [(next, 0), (next, 30), (now, 0), (now, 20)] as [(String, Int64)] {
            #expect(try await world.prove(code, ada, at: .start + .seconds(seconds)).refusal == .usedCode)
        }
        #expect(try await world.prove(next, ada, at: .start + .seconds(90)).refusal == .wrongCode)
        _ = try await world.prove(ada.code(at: .start, later: 2), ada, at: .start + .seconds(60)).get()
        #expect(try await world.count(.stepUpProven) == 2)
    }

    @Test("fifty at once with one code, on two nodes: one is accepted", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        let code = ada.code(at: .start)
        let node = try await node(beside: world)
        let refusals = try await inParallel(50) { index in
            try await (index % 2 == 0 ? world.provider : node).stepUps.prove(
                .totp(code), by: ada.user, on: ada.login, at: .start, from: .desk
            ).refusal
        }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(refusals.count { $0 == .usedCode } == 49)
        #expect(try await world.count(.stepUpProven) == 1)
    }

    private func node(beside world: World) async throws -> IdentityProvider {
        try await IdentityProvider.open(
            IdentityProvider.Surroundings(
                issuer: World.issuer, database: world.database, keys: .first, logger: .quiet, signUp: .open,
                composeMagicLink: { _ in throw DatabaseFailure.misuse("no mail here") },
                composeInvitation: { _ in throw DatabaseFailure.misuse("no mail here") },
                composeAPITokenLetter: { _ in throw DatabaseFailure.misuse("no mail here") },
                composeFactorNotice: { _ in throw DatabaseFailure.misuse("no mail here") }), at: .start)
    }

    @Test("the same with one recovery code", arguments: Engine.all)
    func recoveryRace(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        let refusals = try await inParallel(50) { _ in try await world.prove(ada.recoveryCodes[3], ada).refusal }
        #expect(refusals.count { $0 == nil } == 1)
        #expect(refusals.count { $0 == .usedRecoveryCode } == 49)
        let used = try await world.events().filter { $0.kind == .recoveryCodeUsed }
        #expect(used.map(\.detail) == [#"{"remaining":"9","session":"\#(ada.login)"}"#])
        #expect(try await world.provider.stepUps.methods(of: ada.user) == [.totp, .recoveryCode])
    }

    @Test("each of ten recovery codes is good once, for its own user alone", arguments: Engine.all)
    func recoveryCodes(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, eve) = (try await world.enrolled(), try await world.enrolled("eve@example.com"))
        #expect(Set(ada.recoveryCodes).count == 10)
        #expect(try await world.prove(ada.recoveryCodes[0], eve).refusal == .wrongCode)
        for code in ada.recoveryCodes {
            #expect(try await world.prove(code.uppercased(), ada).get().method == .recoveryCode)
            #expect(try await world.prove(code, ada).refusal == .usedRecoveryCode)
        }
        #expect(try await world.provider.stepUps.methods(of: ada.user) == [.totp])
        #expect(try await world.provider.authenticatorApps.status(of: ada.user).remainingCodes == 0)
    }

    @Test("the sixth try after five wrong codes is not heard, right or wrong, on any route", arguments: Engine.all)
    func locked(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, eve) = (try await world.enrolled(), try await world.enrolled("eve@example.com"))
        let wrong = ada.wrongCode(at: .start)
        let outcomes = try await inParallel(20) { index in
            try await world.prove(index % 2 == 0 ? wrong : "zzzzz-zzzzz", ada).refusal
        }
        let end = Instant.start + .seconds(900)
        #expect(outcomes.count { $0 == .wrongCode } == 5)
        #expect(outcomes.count { $0 == .locked(until: end) } == 15)
        for code in [ada.code(at: .start), ada.recoveryCodes[0], wrong] {
            #expect(try await world.prove(code, ada, at: end - .microseconds(1)).refusal == .locked(until: end))
        }
        let confirmation = try await world.provider.authenticatorApps.confirm(
            ada.code(at: .start), by: ada.login, at: .start, from: .desk)
        #expect(confirmation.refusal == .locked(until: end))
        let events = try await world.events().filter { $0.kind == .stepUpLocked }
        #expect(events.map(\.detail) == [#"{"session":"\#(ada.login)","until":"\#(end.iso8601)","wrong_codes":"5"}"#])
        #expect(try await world.prove(eve.code(at: .start), eve).refusal == nil, "another's tries are her own")

        #expect(try await world.prove(ada.code(at: end), ada, at: end).refusal == nil)
        for _ in 0..<4 { #expect(try await world.prove(wrong, ada, at: end).refusal == .wrongCode) }
        #expect(try await world.prove(ada.code(at: end, later: 1), ada, at: end).refusal == nil, "the count began anew")
    }

    @Test("the lock outlives a restart", arguments: Engine.all)
    func restarted(engine: Engine) async throws {
        var world = try await World(engine)
        let ada = try await world.enrolled()
        for _ in 0..<5 { _ = try await world.prove(ada.wrongCode(at: .start), ada) }
        world = try await world.restarted()
        #expect(try await world.prove(ada.code(at: .start), ada).refusal == .locked(until: .start + .seconds(900)))
    }

    @Test("nothing is recorded on a login that is over, or another's", arguments: Engine.all)
    func ended(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, app) = (try await world.enrolled(), try await world.client())
        let eve = try await world.visitor("eve@example.com")
        let grant = try await world.grant(world.tokens(for: ada.visitor, app).refreshToken)
        let others = try await world.grant(world.tokens(for: eve, app).refreshToken)
        _ = try await world.provider.grants.revoke(grant.id, of: ada.user, at: .start, from: .desk)
        let logins: [Login] = [.grant(grant.id), .grant(others.id), eve.login]
        for (login, code) in zip(logins, ada.recoveryCodes) {
            #expect(try await world.prove(code, ada, on: login).refusal == .ended)
        }
        #expect(try await world.number("SELECT COUNT(*) FROM grants WHERE proof IS NOT NULL") == 0)
        #expect(try await world.number("SELECT COUNT(*) FROM sessions WHERE proof IS NOT NULL") == 0)
        #expect(try await world.count(.stepUpProven) == 0)
    }

    @Test("after a restore no recovery code and no code from before is good any more", arguments: Engine.all)
    func restored(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        _ = try await Restoration(database: world.database).finish(takenAt: nil, at: .start)
        let back = try await world.visitor(at: .start + .seconds(1))
        let login = back.login
        #expect(try await world.prove(ada.code(at: .start), ada, on: login).refusal == .usedCode)
        #expect(try await world.prove(ada.code(at: .start, later: 1), ada, on: login).refusal == .usedCode)
        #expect(try await world.prove(ada.recoveryCodes[0], ada, on: login).refusal == .wrongCode)
        let later = Instant.start + .seconds(60)
        #expect(try await world.prove(ada.code(at: later), ada, on: login, at: later).refusal == nil)
    }

    @Test("nothing of it stands readable in the database", arguments: Engine.withFiles)
    func atRest(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.enrolled()
        _ = try await world.prove(ada.recoveryCodes[0], ada).get()
        let secret = ada.app.secret.withBytes { Array($0) }
        #expect(try !world.stores(Base32.encode(secret)))
        #expect(try world.place.bytes().range(of: Data(secret)) == nil)
        for code in ada.recoveryCodes { #expect(try !world.stores(code)) }
    }
}
