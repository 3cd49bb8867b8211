import JOSE
import Testing
import WebAuthn

@Suite("Registration")
struct RegistrationTests {
    private typealias Saying = TestAuthenticator.Saying

    private func refusal(
        _ change: (inout Saying) throws -> Void, of authenticator: TestAuthenticator? = nil
    ) throws -> RegistrationRefusal? {
        var saying = Saying()
        try change(&saying)
        let authenticator = try authenticator ?? TestAuthenticator()
        return TestAuthenticator.creation.verify(authenticator.register(saying)).refusal
    }

    @Test("a credential of each algorithm is registered", arguments: COSEAlgorithmIdentifier.allCases)
    func good(algorithm: COSEAlgorithmIdentifier) throws {
        let authenticator = try TestAuthenticator(algorithm.signatureAlgorithm)
        var saying = Saying()
        (saying.flags, saying.signCount) = (0x0D, 7)
        let registered = try TestAuthenticator.creation.verify(authenticator.register(saying)).get()
        #expect(registered.publicKey.algorithm == algorithm)
        #expect(registered.signCount == 7)
        #expect(registered.userVerified && registered.backupEligible && !registered.backupState)
        #expect(registered.attestation == .none)
        let signed = try authenticator.registerSigned(saying, algorithm: Int(algorithm.rawValue))
        #expect(try TestAuthenticator.creation.verify(signed).get().attestation == .`self`)
    }

    @Test(
        "an origin that is not exactly ours is refused",
        arguments: [
            "https://badexample.org", "https://example.org.evil.com", "http://example.org", "https://example.org:8443",
            "https://example.org:443", "https://example.org/", "https://EXAMPLE.org", "https://sub.example.org",
            "https://example.org ", "example.org", "", "null", "https://examp\u{200B}le.org", "https://example.or",
        ])
    func origins(origin: String) throws {
        #expect(try refusal { $0.origin = origin } == .wrongOrigin)
    }

    @Test("another challenge, of the same or another length, is refused")
    func challenges() throws {
        for challenge in [[], [1], [UInt8](repeating: 1, count: 31), [UInt8](repeating: 1, count: 33)] as [[UInt8]] {
            #expect(try refusal { $0.challenge = challenge } == .wrongChallenge)
        }
        var other = TestAuthenticator.creation.challenge
        other[31] ^= 1
        #expect(try refusal { $0.challenge = other } == .wrongChallenge)
    }

    @Test("another type, a frame of another origin and another relying party are refused")
    func clientData() throws {
        #expect(try refusal { $0.type = "webauthn.get" } == .wrongType)
        #expect(try refusal { $0.type = "payment.get" } == .wrongType)
        #expect(try refusal { $0.more = #","crossOrigin":false"# } == nil)
        #expect(try refusal { $0.more = #","crossOrigin":true"# } == .crossOrigin)
        #expect(try refusal { $0.more = #","topOrigin":"https://example.org""# } == .crossOrigin)
        #expect(try refusal { $0.more = #","tokenBinding":{"status":"supported"},"later":[1]"# } == nil)
        #expect(try refusal { $0.relyingPartyID = "example.com" } == .wrongRelyingParty)
        #expect(try refusal { $0.relyingPartyID = "https://example.org" } == .wrongRelyingParty)
    }

    @Test(
        "client data that are not strict JSON of the right types are refused",
        arguments: [
            #","crossOrigin":"true""#, #","crossOrigin":1"#, #","crossOrigin":null"#, #","topOrigin":true"#,
            #","type":"webauthn.create""#, #","x":1,"x":1"#, ",", #","x":01"#, #","x":"\u0000""#, "}", #","x":NaN"#,
        ])
    func malformedClientData(more: String) throws {
        #expect(try refusal { $0.more = more } == .malformedClientData)
    }

    @Test("client data without a member, of another shape, too long or with a byte order mark are refused")
    func shapesOfClientData() throws {
        let authenticator = try TestAuthenticator()
        let good = authenticator.register()
        let text = String(decoding: good.clientDataJSON, as: UTF8.self)
        let long = text.dropLast() + #","x":""# + String(repeating: "x", count: 16 * 1024) + "\"}"
        for json in ["", "null", "[]", "{}", "\"\"", "\u{FEFF}" + text, text + "x", String(long)] {
            let response = RegistrationResponse(
                id: good.id, rawID: good.rawID, clientDataJSON: Array(json.utf8),
                attestationObject: good.attestationObject)
            #expect(TestAuthenticator.creation.verify(response).refusal == .malformedClientData)
        }
    }

    @Test("a cleared UP, a cleared UV where it is required, and BS without BE are refused")
    func flags() throws {
        #expect(try refusal { $0.flags = 0x04 } == .userNotPresent)
        #expect(try refusal { $0.flags = 0x01 } == .userNotVerified)
        #expect(try refusal { $0.flags = 0x15 } == .invalidBackupState)
        #expect(try refusal { $0.flags = 0x1D } == nil)
    }

    @Test("an id that is not the rawId, or not that of the credential made, is refused")
    func ids() throws {
        #expect(try refusal { $0.id = Base64URL.encode([9]) } == .idMismatch)
        #expect(try refusal { $0.id = Base64URL.encode([UInt8](repeating: 9, count: 20)) + "=" } == .idMismatch)
        #expect(try refusal { $0.id = "" } == .idMismatch)
        #expect(
            try refusal {
                $0.id = Base64URL.encode([9, 9])
                $0.rawID = [9, 9]
            } == .credentialMismatch)
    }

    @Test("an algorithm that was not offered, and a key that is none, are refused")
    func keys() throws {
        let authenticator = try TestAuthenticator(.edDSA)
        let creation = CreationCeremony(
            challenge: TestAuthenticator.creation.challenge, relyingParty: Vector.relyingParty, algorithms: [.es256],
            userHandle: [1])
        #expect(creation.verify(authenticator.register()).refusal == .algorithmNotOffered)
        let off = cborMap(
            (.number(1), .number(2)), (.number(3), .number(-7)), (.number(-1), .number(1)),
            (.number(-2), .bytes([UInt8](repeating: 1, count: 32))),
            (.number(-3), .bytes([UInt8](repeating: 1, count: 32))))
        #expect(try refusal { $0.coseKey = off } == .invalidPublicKey)
        #expect(try refusal { $0.coseKey = cborMap() } == .algorithmNotOffered)
        #expect(try refusal { $0.coseKey = .array([]) } == .malformedAttestationObject)
    }

    @Test("trailing bytes, and CBOR ten thousand levels deep, are refused")
    func cbor() throws {
        #expect(try refusal { $0.trailing = [0] } == .malformedAttestationObject)
        #expect(try refusal { $0.trailing = [0xA0] } == .malformedAttestationObject)
        let good = try TestAuthenticator().register()
        let deep = [UInt8](repeating: 0x81, count: 10_000)
        for bytes in [good.attestationObject + [0], good.attestationObject + good.attestationObject, deep, [], [0xA0]] {
            let response = RegistrationResponse(
                id: good.id, rawID: good.rawID, clientDataJSON: good.clientDataJSON, attestationObject: bytes)
            #expect(TestAuthenticator.creation.verify(response).refusal == .malformedAttestationObject)
        }
    }

    @Test("authenticator data without a credential are refused")
    func noCredential() throws {
        let good = try TestAuthenticator().register()
        let data = SHA256.hash(Array("example.org".utf8)) + [0x05, 0, 0, 0, 0]
        let object = cborMap(
            (.text("fmt"), .text("none")), (.text("attStmt"), cborMap()), (.text("authData"), .bytes(data)))
        let response = RegistrationResponse(
            id: good.id, rawID: good.rawID, clientDataJSON: good.clientDataJSON, attestationObject: object.encoded)
        #expect(TestAuthenticator.creation.verify(response).refusal == .malformedAttestationObject)
    }
}
