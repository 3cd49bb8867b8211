import JOSE
import Testing
import WebAuthn

@Suite("Authentication")
struct AuthenticationTests {
    private typealias Saying = TestAuthenticator.Saying

    private func refusal(
        signCount: UInt32 = 0, backupEligible: Bool = false, _ change: (inout Saying) throws -> Void = { _ in }
    ) throws -> AuthenticationRefusal? {
        var saying = Saying()
        try change(&saying)
        let authenticator = try TestAuthenticator()
        let record = try authenticator.record(signCount: signCount, backupEligible: backupEligible)
        return try TestAuthenticator.request.verify(authenticator.authenticate(saying), against: record).refusal
    }

    @Test("a credential of each algorithm authenticates", arguments: COSEAlgorithmIdentifier.allCases)
    func good(algorithm: COSEAlgorithmIdentifier) throws {
        let authenticator = try TestAuthenticator(algorithm.signatureAlgorithm)
        var saying = Saying()
        (saying.flags, saying.signCount) = (0x1D, 8)
        let record = try authenticator.record(signCount: 7, backupEligible: true)
        let result = try TestAuthenticator.request.verify(authenticator.authenticate(saying), against: record).get()
        #expect(result.credentialID == authenticator.credentialID)
        #expect(result.userHandle == TestAuthenticator.userHandle)
        #expect(result.signCount == 8)
        #expect(result.userVerified && result.backupState)
    }

    @Test(
        "an origin that is not exactly ours is refused",
        arguments: ["https://badexample.org", "http://example.org", "https://example.org:8443", "https://Example.org"])
    func origins(origin: String) throws {
        #expect(try refusal { $0.origin = origin } == .wrongOrigin)
    }

    @Test("another challenge, type, relying party, or a frame of another origin is refused")
    func clientData() throws {
        #expect(try refusal { $0.challenge = TestAuthenticator.creation.challenge } == .wrongChallenge)
        #expect(try refusal { $0.type = "webauthn.create" } == .wrongType)
        #expect(try refusal { $0.relyingPartyID = "badexample.org" } == .wrongRelyingParty)
        #expect(try refusal { $0.more = #","crossOrigin":true"# } == .crossOrigin)
        #expect(try refusal { $0.more = #","topOrigin":"https://example.com""# } == .crossOrigin)
        #expect(try refusal { $0.more = #","crossOrigin":"no""# } == .malformedClientData)
    }

    @Test("a cleared UP or UV, BS without BE, and a credential attested again are refused")
    func flags() throws {
        #expect(try refusal { $0.flags = 0x04 } == .userNotPresent)
        #expect(try refusal { $0.flags = 0x01 } == .userNotVerified)
        #expect(try refusal { $0.flags = 0x15 } == .invalidBackupState)
        let attested = try TestAuthenticator().attestedData(Saying()).dropFirst(37)
        #expect(
            try refusal {
                $0.flags = 0x45
                $0.trailing = Array(attested)
            } == .malformedAuthenticatorData)
    }

    @Test("backup eligibility must not change, the state of the backup may")
    func backup() throws {
        #expect(try refusal(backupEligible: false) { $0.flags = 0x0D } == .backupEligibilityChanged)
        #expect(try refusal(backupEligible: true) { $0.flags = 0x05 } == .backupEligibilityChanged)
        #expect(try refusal(backupEligible: true) { $0.flags = 0x0D } == nil)
        #expect(try refusal(backupEligible: true) { $0.flags = 0x1D } == nil)
    }

    @Test(
        "the counter must advance, unless nobody counts",
        arguments: [
            (0, 0, true), (0, 1, true), (1, 2, true), (1, .max, true), (1, 1, false), (2, 1, false), (1, 0, false),
            (.max, 0, false), (.max, .max, false),
        ] as [(UInt32, UInt32, Bool)])
    func counter(stored: UInt32, received: UInt32, isGood: Bool) throws {
        let expected: AuthenticationRefusal? =
            isGood ? nil : .counterRegression(stored: stored, received: received)
        #expect(try refusal(signCount: stored) { $0.signCount = received } == expected)
    }

    @Test("a counter that goes back is told only where the signature is good")
    func forgedCounter() throws {
        let authenticator = try TestAuthenticator()
        let response = try TestAuthenticator().authenticate()
        let record = try authenticator.record(signCount: 5)
        #expect(TestAuthenticator.request.verify(response, against: record).refusal == .invalidSignature)
    }

    @Test("a user handle that is missing or another's is refused where it alone says who it is")
    func userHandles() throws {
        #expect(try refusal { $0.userHandle = nil } == .wrongUserHandle)
        #expect(try refusal { $0.userHandle = [] } == .wrongUserHandle)
        #expect(try refusal { $0.userHandle = [7, 7] } == .wrongUserHandle)
        #expect(try refusal { $0.userHandle = [8, 8, 8] } == .wrongUserHandle)
    }

    @Test("who is identified already must own the credential, and may be silent about who it is")
    func identifiedUser() throws {
        let authenticator = try TestAuthenticator()
        func refusal(user: [UInt8], says userHandle: [UInt8]?) throws -> AuthenticationRefusal? {
            var saying = Saying()
            saying.userHandle = userHandle
            let request = AuthenticationCeremony(
                challenge: TestAuthenticator.request.challenge, relyingParty: Vector.relyingParty, identifiedUser: user)
            return try request.verify(authenticator.authenticate(saying), against: authenticator.record()).refusal
        }
        #expect(try refusal(user: [7, 7, 7], says: [7, 7, 7]) == nil)
        #expect(try refusal(user: [7, 7, 7], says: nil) == nil)
        #expect(try refusal(user: [7, 7, 7], says: [8]) == .wrongUserHandle)
        #expect(try refusal(user: [8], says: nil) == .wrongCredential)
        #expect(try refusal(user: [8], says: [7, 7, 7]) == .wrongCredential)
        #expect(try refusal(user: [8], says: [8]) == .wrongCredential)
    }

    @Test("an id that is not the rawId, a record of another credential and one that was not allowed are refused")
    func ids() throws {
        #expect(try refusal { $0.id = "AAAA" } == .idMismatch)
        #expect(
            try refusal {
                $0.id = Base64URL.encode([1])
                $0.rawID = [1]
            } == .wrongCredential)
        let authenticator = try TestAuthenticator()
        func refusalAllowing(_ ids: [[UInt8]]) throws -> AuthenticationRefusal? {
            let request = AuthenticationCeremony(
                challenge: TestAuthenticator.request.challenge, relyingParty: Vector.relyingParty,
                allowCredentials: ids.map { CredentialDescriptor(id: $0) })
            return try request.verify(authenticator.authenticate(), against: authenticator.record()).refusal
        }
        #expect(try refusalAllowing([[1], [2]]) == .credentialNotAllowed)
        #expect(try refusalAllowing([[1], authenticator.credentialID]) == nil)
    }

    @Test("the signature of another key, of other data or none at all is refused")
    func signatures() throws {
        let (authenticator, other) = (try TestAuthenticator(), try TestAuthenticator())
        let (good, forged) = (try authenticator.authenticate(), try other.authenticate())
        for signature in [forged.signature, [], [0x30, 0], [UInt8](repeating: 0, count: 64), good.signature + [0]] {
            let response = AuthenticationResponse(
                id: good.id, rawID: good.rawID, clientDataJSON: good.clientDataJSON,
                authenticatorData: good.authenticatorData, signature: signature, userHandle: good.userHandle)
            let result = TestAuthenticator.request.verify(response, against: try authenticator.record())
            #expect(result.refusal == .invalidSignature)
        }
    }

    @Test("trailing bytes, and extensions ten thousand levels deep, are refused although they are signed")
    func cbor() throws {
        #expect(try refusal { $0.trailing = [0] } == .malformedAuthenticatorData)
        #expect(
            try refusal {
                $0.flags = 0x85
                $0.trailing = [UInt8](repeating: 0x81, count: 10_000)
            } == .malformedAuthenticatorData)
        #expect(
            try refusal {
                $0.flags = 0x85
                $0.trailing = cborMap((.text("uvm"), .array([]))).encoded
            } == nil)
    }
}
