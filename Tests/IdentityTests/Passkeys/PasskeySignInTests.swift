import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

@Suite("Signing in by a passkey")
struct PasskeySignInTests {
    @Test("needs no address, and begins a session that tells how", arguments: Engine.all)
    func browser(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        var (bound, copied) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        try await world.passkey(on: &bound, for: ada)
        let later = Instant.start + .seconds(60)
        try await world.passkey(on: &copied, for: ada, Saying { $0.flags = 0x0D }, at: later)
        let before = try await world.tally()
        let signedIn = try await world.signIn(by: bound, at: later).get()
        #expect(try await world.events(since: before) == [.passkeyUsed: 1, .sessionCreated: 1])
        let session = try #require(try await world.provider.sessions.authenticate(signedIn.secret, at: later)).session
        #expect(session.user == ada.user.id && session.authTime == later)
        #expect(session.amr == ["hwk", "user", "mfa"])
        let other = try await world.signIn(by: copied, Saying { $0.flags = 0x1D }, at: later).get()
        let second = try #require(try await world.provider.sessions.authenticate(other.secret, at: later)).session
        #expect(second.amr == ["swk", "user", "mfa"])
        let passkeys = try await world.provider.passkeys.all(of: ada.user.id)
        #expect(passkeys.map(\.lastUsedAt) == [later, later])
        #expect(passkeys.map(\.backedUp) == [false, true])
        #expect(try await world.number("SELECT COUNT(*) FROM passkey_challenges") == 0)
    }

    @Test("gives an application its tokens", arguments: Engine.all)
    func application(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, client) = (try await world.visitor(), try await world.commandLine())
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        let options = try await world.requestOptions(by: .application(client.id))
        #expect(options["allowCredentials"]?.array == [])
        #expect(options["userVerification"] == "required" && options["rpId"] == "id.example.com")
        let response = try AuthenticationResponse(try key.authenticate(options))
        let tokens = try await world.provider.passkeySignIn.redeem(
            response, by: client, at: .start, from: .device
        ).get()
        let claims = try world.claims(tokens.accessToken)
        #expect(claims["sub"] == .string(ada.user.id.description))
        #expect(claims["amr"] == .array(["hwk", "user", "mfa"]))
        #expect(claims["auth_time"] == .integer(Instant.start.seconds))
        #expect(claims["scope"] == "bills:read jobs:read jobs:write")
        let again = try await world.provider.passkeySignIn.redeem(response, by: client, at: .start, from: .device)
        #expect(again.refusal == .challenge(.unknown))
        #expect(try await world.number("SELECT COUNT(*) FROM grants") == 1)
    }

    @Test("is refused for each wrong step, and nothing has changed then", arguments: Engine.all)
    func steps(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        var (key, others) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        try await world.passkey(on: &key, for: ada, Saying { $0.signCount = 5 })
        try await world.passkey(on: &others, for: bob)
        let stranger = try SoftwareAuthenticator()
        let wrong: [(AuthenticationRefusal, (inout Saying) -> Void)] = [
            (.wrongOrigin, { $0.origin = "https://badexample.com" }),
            (.wrongOrigin, { $0.origin = "https://id.example.com:8443" }),
            (.wrongOrigin, { $0.origin = "http://id.example.com" }),
            (.crossOrigin, { $0.more = #","topOrigin":"https://evil.example""# }),
            (.wrongType, { $0.type = "webauthn.create" }),
            (.wrongRelyingParty, { $0.relyingPartyID = "example.com" }),
            (.userNotPresent, { $0.flags = 0x04 }), (.userNotVerified, { $0.flags = 0x01 }),
            (.invalidBackupState, { $0.flags = 0x15 }), (.backupEligibilityChanged, { $0.flags = 0x0D }),
            (.malformedAuthenticatorData, { $0.trailing = [0xA0] }),
            (
                .malformedAuthenticatorData,
                { ($0.flags, $0.trailing) = (0x85, [UInt8](repeating: 0x81, count: 10_000)) }
            ),
            (.idMismatch, { $0.id = Base64URL.encode(others.credentialID) }),
            (.invalidSignature, { $0.signer = stranger.key }),
            (.wrongUserHandle, { $0.userHandle = bob.user.id.userHandle }),
            (.wrongUserHandle, { $0.omitsUserHandle = true }),
            (
                .invalidSignature,
                {
                    ($0.id, $0.rawID) = (Base64URL.encode(others.credentialID), others.credentialID)
                    $0.userHandle = bob.user.id.userHandle
                }
            ),
        ]
        let (before, counters) = (try await world.tally(), try await world.counters())
        for (refusal, change) in wrong {
            let saying = Saying { said in
                said.signCount = 6
                change(&said)
            }
            #expect(try await world.signIn(by: key, saying).refusal == .ceremony(refusal), "\(refusal)")
        }
        #expect(try await world.signIn(by: stranger).refusal == .unknownPasskey)
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.counters() == counters)
        #expect(try await world.number("SELECT COUNT(*) FROM sessions") == 2)
        // The honest one still gets in.
        _ = try await world.signIn(by: key, Saying { $0.signCount = 6 }).get()
    }

    @Test("takes a challenge once, in the browser that asked, within five minutes", arguments: Engine.all)
    func challenges(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, client) = (try await world.visitor(), try await world.commandLine())
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        let signIn = world.provider.passkeySignIn
        let (mine, other) = (OneTimeSecret(random: .system), OneTimeSecret(random: .system))
        let options = try await world.requestOptions(by: .browser(digest: mine.digest))
        let response = try AuthenticationResponse(try key.authenticate(options))
        let counters = try await world.counters()
        let elsewhere = try await signIn.signIn(response, browser: other, at: .start, from: .desk)
        #expect(elsewhere.refusal == .challenge(.unknown))
        let inApplication = try await signIn.redeem(response, by: client, at: .start, from: .desk)
        #expect(inApplication.refusal == .challenge(.unknown))
        let late = try await signIn.signIn(
            response, browser: mine, at: .start + PasskeyChallenge.lifetime, from: .desk)
        #expect(late.refusal == .challenge(.expired))
        let invented = try AuthenticationResponse(
            try key.authenticate(options, Saying { $0.challenge = [UInt8](repeating: 3, count: 32) }))
        #expect(
            try await signIn.signIn(invented, browser: mine, at: .start, from: .desk).refusal == .challenge(.unknown))
        #expect(try await world.counters() == counters)
        _ = try await signIn.signIn(response, browser: mine, at: .start, from: .desk).get()
        let replayed = try await signIn.signIn(response, browser: mine, at: .start, from: .desk)
        #expect(replayed.refusal == .challenge(.unknown))
    }

    @Test("with a counter that went back or stood still is refused, audited and shown", arguments: Engine.all)
    func clone(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada, Saying { $0.signCount = 5 })
        _ = try await world.signIn(by: key, Saying { $0.signCount = 7 }).get()
        let received: [UInt32] = [7, 6, 0]
        for (index, received) in received.enumerated() {
            let later = Instant.start + .seconds(9 + index)
            let before = try await world.tally()
            let refusal = try await world.signIn(by: key, Saying { $0.signCount = received }, at: later).refusal
            #expect(refusal == .ceremony(.counterRegression(stored: 7, received: received)))
            #expect(try await world.events(since: before) == [.passkeyCounterRegressed: 1])
            let passkey = try #require(try await world.provider.passkeys.all(of: ada.user.id).first)
            #expect(passkey.signCount == 7 && passkey.lastUsedAt == .start && passkey.counterRegressedAt == later)
        }
        let event = try #require(try await world.events().last { $0.kind == .passkeyCounterRegressed })
        #expect(event.user == ada.user.id)
        #expect(event.detail.contains(#""received":"0","stored":"7""#))
        _ = try await world.signIn(by: key, Saying { $0.signCount = 8 }).get()
    }

    @Test("of a copy and its original at once lets one in", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada, Saying { $0.signCount = 1 })
        let copy = key
        let outcomes = try await inParallel(8) { _ in try await world.signIn(by: copy, Saying { $0.signCount = 2 }) }
        #expect(outcomes.count { $0.refusal == nil } == 1)
    }

    @Test("is refused to a disabled user, and to an application for one without an organization", arguments: Engine.all)
    func standing(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, client) = (try await world.visitor(), try await world.commandLine())
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        try await world.provider.users.setDisabled(true, ada.user.id, at: .start, from: .server)
        #expect(try await world.signIn(by: key).refusal == .userDisabled)
        try await world.provider.users.setDisabled(false, ada.user.id, at: .start, from: .server)
        try await world.loseMembership(ada)
        let options = try await world.requestOptions(by: .application(client.id))
        let response = try AuthenticationResponse(try key.authenticate(options))
        let refused = try await world.provider.passkeySignIn.redeem(response, by: client, at: .start, from: .device)
        #expect(refused.refusal == .standing(.notAMember))
        #expect(try await world.number("SELECT COUNT(*) FROM grants") == 0)
    }

    @Test("survives a restart, and a passkey a restore too; a challenge does not survive that", arguments: Engine.all)
    func restore(engine: Engine) async throws {
        var world = try await World(engine)
        let ada = try await world.visitor()
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        let browser = OneTimeSecret(random: .system)
        let options = try await world.requestOptions(by: .browser(digest: browser.digest))
        let response = try AuthenticationResponse(try key.authenticate(options))
        _ = try await Restoration(database: world.database).finish(takenAt: nil, at: .start)
        world = try await world.restarted()
        let refused = try await world.provider.passkeySignIn.signIn(response, browser: browser, at: .start, from: .desk)
        #expect(refused.refusal == .challenge(.unknown))
        #expect(try await world.signIn(by: key).get().user.id == ada.user.id)
    }
}
