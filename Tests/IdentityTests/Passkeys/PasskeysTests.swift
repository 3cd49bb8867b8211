import Database
import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

@Suite("One's passkeys")
struct PasskeysTests {
    @Test("are renamed and removed by their user alone", arguments: Engine.all)
    func owner(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        var key = try SoftwareAuthenticator()
        let passkey = try await world.passkey(on: &key, for: ada, name: "Laptop")
        let (passkeys, shown) = (world.provider.passkeys, StepUp(.passkey, at: .start))
        let before = try await world.tally()
        let strange = try await passkeys.rename(passkey.id, by: bob.login, to: "Mine", at: .start, from: .desk)
        #expect(strange.refusal == .unknown)
        #expect(try await passkeys.remove(passkey.id, by: bob.login, at: .start, from: .desk).refusal == .unknown)
        #expect(try await world.events(since: before) == [:])
        let renamed = try await passkeys.rename(passkey.id, by: ada.login, to: "Work", at: .start, from: .desk).get()
        #expect(renamed.name == "Work")
        #expect(try await passkeys.all(of: ada.user.id).map(\.name) == ["Work"])
        for stepUp in [nil, StepUp(.totp, at: .start - StepUp.maximumAge)] {
            let hasty = try await passkeys.remove(
                passkey.id, by: ada.login, stepUp: stepUp, at: .start, from: .desk)
            #expect(hasty.refusal == .stepUpRequired)
        }
        try await passkeys.remove(passkey.id, by: ada.login, stepUp: shown, at: .start, from: .desk).get()
        #expect(try await passkeys.all(of: ada.user.id).isEmpty)
        #expect(try await world.events(since: before) == [.passkeyRenamed: 1, .passkeyRemoved: 1])
        #expect(try await world.signIn(by: key).refusal == .unknownPasskey)
        #expect(try await passkeys.remove(passkey.id, by: ada.login, at: .start, from: .desk).refusal == .unknown)
    }

    @Test("are kept when nothing else lets their user in: no mail was ever read at the address", arguments: Engine.all)
    func lastWayIn(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        try await world.tamper("UPDATE users SET verified_at = NULL WHERE id = ?", .integer(ada.user.id.rawValue))
        var (first, second) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        let only = try await world.passkey(on: &first, for: ada)
        let (passkeys, shown) = (world.provider.passkeys, StepUp(.passkey, at: .start))
        let refused = try await passkeys.remove(only.id, by: ada.login, stepUp: shown, at: .start, from: .desk)
        #expect(refused.refusal == .lastWayIn)
        #expect(try await passkeys.all(of: ada.user.id).map(\.id) == [only.id])
        let spare = try await world.passkey(on: &second, for: ada)
        let outcomes = try await inParallel(2) { index in
            try await passkeys.remove(
                [only.id, spare.id][index], by: ada.login, stepUp: shown, at: .start, from: .desk)
        }
        #expect(outcomes.compactMap(\.refusal) == [.lastWayIn])
        #expect(try await passkeys.all(of: ada.user.id).count == 1)
    }

    @Test(
        "have names as people have",
        arguments: [("Laptop", "Laptop"), (" Laptop ", "Laptop"), ("", nil), ("a\nb", nil)])
    func names(typed: String, name: String?) {
        #expect(Passkeys.name(from: typed) == name)
    }
}
