import JOSE
import Testing
import WebAuthn

@Suite("The test vectors of WebAuthn Level 3 §16")
struct VectorTests {
    @Test("each registration and authentication of an algorithm spoken here verifies", arguments: Vector.good)
    func verifies(name: String) throws {
        let vector = try Vector(name)
        let registered = try vector.creation.verify(vector.registration).get()
        #expect(registered.credentialID == vector.credentialID)
        #expect(registered.userHandle == Vector.userHandle)
        #expect(registered.attestation == (name == "packed-self.ES256" ? .`self` : .none))
        #expect(registered.signCount == 0)
        let authenticated = try vector.request.verify(vector.authentication, against: CredentialRecord(registered))
            .get()
        #expect(authenticated.credentialID == vector.credentialID)
        #expect(authenticated.userHandle == Vector.userHandle)
        #expect(authenticated.signCount == 0)
        #expect(authenticated.backupState == (vector["authentication.authenticatorData"][32] & 0x10 != 0))
        #expect(authenticated.userVerified == (vector["authentication.authenticatorData"][32] & 0x04 != 0))
    }

    @Test("the values read are those the specification names")
    func values() throws {
        let vector = try Vector("none.ES256")
        let registered = try vector.creation.verify(vector.registration).get()
        #expect(registered.aaguid.description == "8446ccb9-ab1d-b374-750b-2367ff6f3a1f")
        #expect(registered.backupEligible)
        #expect(registered.backupState)
        #expect(!registered.userVerified)
        #expect(registered.publicKey.algorithm == .es256)
        let x = bytes(hex: "afefa16f97ca9b2d23eb86ccb64098d20db90856062eb249c33a9b672f26df61")
        let y = bytes(hex: "930a56b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220")
        #expect(registered.publicKey.key.material == .p256(x: x, y: y))
        #expect(try CredentialPublicKey(encoded: registered.publicKey.encoded) == registered.publicKey)
    }

    @Test("a credential made or used in a frame of another origin is refused", arguments: Vector.framed)
    func framed(name: String) throws {
        let vector = try Vector(name)
        #expect(vector.creation.verify(vector.registration).refusal == .crossOrigin)
        let data = try #require(CBORValue.decode(vector["registration.attestationObject"]).map?["authData"]?.bytes)
        let made = try #require(AuthenticatorData(parsing: data)?.attestedCredentialData)
        let record = CredentialRecord(
            credentialID: made.credentialID, userHandle: Vector.userHandle,
            publicKey: try CredentialPublicKey(encoded: made.encodedPublicKey), signCount: 0, backupEligible: false)
        #expect(vector.request.verify(vector.authentication, against: record).refusal == .crossOrigin)
    }

    @Test("an algorithm that is not spoken here is not one that was offered", arguments: Vector.foreign)
    func foreign(name: String) throws {
        let vector = try Vector(name)
        #expect(vector.creation.verify(vector.registration).refusal == .algorithmNotOffered)
    }

    @Test(
        "where user verification is required, a vector verifies exactly when its flag UV is set", arguments: Vector.good
    )
    func userVerification(name: String) throws {
        let vector = try Vector(name)
        let registered = try vector.creation.verify(vector.registration).get()
        let creation = CreationCeremony(
            challenge: vector["registration.challenge"], relyingParty: Vector.relyingParty, userHandle: [1])
        let refusal = creation.verify(vector.registration).refusal
        #expect(refusal == (registered.userVerified ? nil : .userNotVerified))
        let request = AuthenticationCeremony(
            challenge: vector["authentication.challenge"], relyingParty: Vector.relyingParty)
        let hasFlag = vector["authentication.authenticatorData"][32] & 0x04 != 0
        #expect(
            request.verify(vector.authentication, against: CredentialRecord(registered)).refusal
                == (hasFlag ? nil : .userNotVerified))
    }

    @Test("no vector answers the challenge of another, nor its registration the authentication")
    func challenges() throws {
        let vectors = try Vector.good.map { try Vector($0) }
        for vector in vectors {
            let record = CredentialRecord(try vector.creation.verify(vector.registration).get())
            for other in vectors where other.name != vector.name {
                #expect(other.creation.verify(vector.registration).refusal == .wrongChallenge)
                #expect(other.request.verify(vector.authentication, against: record).refusal == .wrongChallenge)
                #expect(vector.request.verify(other.authentication, against: record).refusal == .wrongCredential)
            }
            let swapped = vector.authentication(clientDataJSON: vector["registration.clientDataJSON"])
            #expect(vector.request.verify(swapped, against: record).refusal == .wrongType)
        }
    }
}
