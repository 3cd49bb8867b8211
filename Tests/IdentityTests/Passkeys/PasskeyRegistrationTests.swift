import JOSE
import TestAuthenticators
import Testing
import WebAuthn

@testable import Identity

@Suite("Making a passkey")
struct PasskeyRegistrationTests {
    @Test("asks for one that is discoverable and knows the person, at the issuer's site", arguments: Engine.all)
    func options(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let options = try await world.creationOptions(for: ada)
        #expect(options["rp"]?.object?["id"] == "id.example.com")
        #expect(options["user"]?.object?["id"] == .string(Base64URL.encode(ada.user.id.userHandle)))
        #expect(options["user"]?.object?["name"] == "ada@example.com")
        let selection = options["authenticatorSelection"]?.object
        #expect(selection?["residentKey"] == "required" && selection?["userVerification"] == "required")
        #expect(options["attestation"] == "none")
        #expect(options["excludeCredentials"]?.array == [])
        #expect(try await world.number("SELECT COUNT(*) FROM passkey_challenges WHERE purpose = 'registration'") == 1)
    }

    @Test("keeps it with what it says of itself, and tells the audit", arguments: Engine.all)
    func registering(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        var key = try SoftwareAuthenticator()
        let before = try await world.tally()
        let passkey = try await world.passkey(on: &key, for: ada, Saying { ($0.flags, $0.signCount) = (0x1D, 9) })
        #expect(try await world.events(since: before) == [.passkeyRegistered: 1])
        let event = try #require(try await world.events().last { $0.kind == .passkeyRegistered })
        #expect(event.user == ada.user.id && event.requestID == RequestOrigin.desk.requestID)
        #expect(event.detail.contains(passkey.id.description))
        let kept = try #require(try await world.provider.passkeys.all(of: ada.user.id).first)
        #expect(kept.credentialID == key.credentialID && kept.signCount == 9)
        #expect(kept.backupEligible && kept.backedUp && kept.transports == ["hybrid", "internal"])
        #expect(kept.name == "Passkey" && kept.lastUsedAt == nil && kept.createdAt == .start)
        #expect(try await world.number("SELECT COUNT(*) FROM passkey_challenges") == 0)

        let options = try await world.creationOptions(for: ada)
        let excluded = options["excludeCredentials"]?.array?.first?.object
        #expect(excluded?["id"] == .string(Base64URL.encode(key.credentialID)))
    }

    @Test("answers a challenge once", arguments: Engine.all)
    func replay(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        var (first, second) = (try SoftwareAuthenticator(), try SoftwareAuthenticator())
        let options = try await world.creationOptions(for: ada)
        _ = try await world.register(first.register(options), for: ada).get()
        let again = try await world.register(second.register(options), for: ada)
        #expect(again.refusal == .challenge(.unknown))
        #expect(try await world.number("SELECT COUNT(*) FROM passkeys") == 1)
    }

    @Test("makes one passkey of many answers at once to one challenge", arguments: Engine.all)
    func race(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let options = try await world.creationOptions(for: ada)
        let outcomes = try await inParallel(8) { _ in
            var key = try SoftwareAuthenticator()
            return try await world.register(key.register(options), for: ada)
        }
        #expect(outcomes.count { $0.refusal == nil } == 1)
        #expect(try await world.number("SELECT COUNT(*) FROM passkeys") == 1)
    }

    @Test("is refused after five minutes, and to any other session, grant or purpose", arguments: Engine.all)
    func binding(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        var key = try SoftwareAuthenticator()
        let response = key.register(try await world.creationOptions(for: ada))
        let late = Instant.start + PasskeyChallenge.lifetime
        #expect(try await world.register(response, for: ada, at: late).refusal == .challenge(.expired))
        let grant = try await world.grant(try await world.tokens(for: ada, try await world.client()).refreshToken).id
        let others = [bob.login, .grant(grant), try await world.visitor().login]
        for other in others {
            let refusal = try await world.register(response, for: ada, by: other).refusal
            #expect(refusal == .challenge(.unknown))
        }
        let signIn = try await world.requestOptions(by: ada.holder)
        #expect(try await world.register(key.register(signIn), for: ada).refusal == .challenge(.unknown))
        // None of them has spent it.
        _ = try await world.register(response, for: ada).get()
    }

    @Test("is refused for each wrong step, and the challenge is gone then", arguments: Engine.all)
    func steps(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let wrong: [(RegistrationRefusal, Saying)] = [
            (.wrongOrigin, Saying { $0.origin = "https://badexample.com" }),
            (.wrongOrigin, Saying { $0.origin = "https://id.example.com:8443" }),
            (.wrongOrigin, Saying { $0.origin = "http://id.example.com" }),
            (.crossOrigin, Saying { $0.more = #","crossOrigin":true"# }),
            (.wrongType, Saying { $0.type = "webauthn.get" }),
            (.wrongRelyingParty, Saying { $0.relyingPartyID = "example.com" }),
            (.userNotPresent, Saying { $0.flags = 0x04 }), (.userNotVerified, Saying { $0.flags = 0x01 }),
            (.invalidBackupState, Saying { $0.flags = 0x15 }), (.algorithmNotOffered, Saying { $0.algorithm = 0x25 }),
            (.malformedAttestationObject, Saying { $0.trailing = [0] }),
            (.idMismatch, Saying { $0.id = Base64URL.encode([1]) }),
            (.idMismatch, Saying { $0.rawID = [1] }),
            (.credentialMismatch, Saying { ($0.id, $0.rawID) = (Base64URL.encode([1]), [1]) }),
        ]
        let before = try await world.tally()
        for (refusal, saying) in wrong {
            var key = try SoftwareAuthenticator()
            let options = try await world.creationOptions(for: ada)
            let refused = try await world.register(key.register(options, saying), for: ada).refusal
            #expect(refused == .ceremony(refusal), "\(saying)")
            #expect(try await world.register(key.register(options), for: ada).refusal == .challenge(.unknown))
        }
        #expect(try await world.events(since: before) == [:])
        #expect(try await world.number("SELECT COUNT(*) FROM passkeys") == 0)
    }

    @Test("is refused when the credential is known, of whichever user", arguments: Engine.all)
    func known(engine: Engine) async throws {
        let world = try await World(engine)
        let (ada, bob) = (try await world.visitor(), try await world.visitor("bob@example.com"))
        var key = try SoftwareAuthenticator()
        try await world.passkey(on: &key, for: ada)
        for visitor in [ada, bob] {
            let response = key.register(try await world.creationOptions(for: visitor))
            #expect(try await world.register(response, for: visitor).refusal == .alreadyRegistered)
        }
        #expect(try await world.provider.passkeys.all(of: bob.user.id).isEmpty)
        #expect(try await world.provider.passkeys.all(of: ada.user.id).map(\.user) == [ada.user.id])
    }

    @Test("ends at twenty for one person", arguments: Engine.all)
    func limit(engine: Engine) async throws {
        let world = try await World(engine)
        let ada = try await world.visitor()
        let early = try await world.creationOptions(for: ada)
        for _ in 0..<Passkey.maximumPerUser {
            var key = try SoftwareAuthenticator()
            try await world.passkey(on: &key, for: ada)
        }
        let begun = try await world.provider.passkeyRegistration.begin(
            by: ada.login, stepUp: StepUp(.passkey, at: .start), at: .start)
        #expect(begun.refusal == .tooMany)
        var key = try SoftwareAuthenticator()
        #expect(try await world.register(key.register(early), for: ada).refusal == .tooMany)
        let names = try await world.provider.passkeys.all(of: ada.user.id).map(\.name)
        #expect(Set(names).count == Passkey.maximumPerUser)
    }
}
