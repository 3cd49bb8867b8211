import JOSE
import WebAuthn

/// An authenticator and the browser in front of it, which can be told to do wrong in one respect.
struct TestAuthenticator {
    /// What both say, right by default.
    struct Saying {
        var type: String?
        var challenge: [UInt8]?
        var origin = "https://example.org"
        /// Added to the client data, after a comma.
        var more = ""
        var relyingPartyID = "example.org"
        /// UP and UV.
        var flags: UInt8 = 0x05
        var signCount: UInt32 = 0
        /// Follows the authenticator data.
        var trailing: [UInt8] = []
        var id: String?
        var rawID: [UInt8]?
        var userHandle: [UInt8]? = [7, 7, 7]
        var format = "none"
        var statement: CBORValue = cborMap()
        var coseKey: CBORValue?
        var aaguid = [UInt8](repeating: 0, count: 16)
    }

    let key: SigningKey
    let credentialID: [UInt8]

    init(_ algorithm: SignatureAlgorithm = .es256, credentialID: [UInt8] = [UInt8](repeating: 9, count: 20)) throws {
        key = try SigningKey.generate(algorithm)
        self.credentialID = credentialID
    }

    static let userHandle: [UInt8] = [7, 7, 7]
    static let creation = CreationCeremony(
        challenge: [UInt8](repeating: 1, count: 32), relyingParty: Vector.relyingParty, userHandle: userHandle)
    static let request = AuthenticationCeremony(
        challenge: [UInt8](repeating: 2, count: 32), relyingParty: Vector.relyingParty)

    func register(_ saying: Saying = Saying()) -> RegistrationResponse {
        let clientData = clientData(saying, "webauthn.create", Self.creation.challenge)
        let object = cborMap(
            (.text("fmt"), .text(saying.format)), (.text("attStmt"), saying.statement),
            (.text("authData"), .bytes(attestedData(saying))))
        return RegistrationResponse(
            id: saying.id ?? Base64URL.encode(credentialID), rawID: saying.rawID ?? credentialID,
            clientDataJSON: clientData, attestationObject: object.encoded)
    }

    /// A registration that signs for itself, with `algorithm` in the statement.
    func registerSigned(_ saying: Saying = Saying(), algorithm: Int) throws -> RegistrationResponse {
        var saying = saying
        let hash = SHA256.hash(clientData(saying, "webauthn.create", Self.creation.challenge))
        saying.format = "packed"
        saying.statement = cborMap(
            (.text("alg"), .number(algorithm)), (.text("sig"), .bytes(try sign(attestedData(saying) + hash))))
        return register(saying)
    }

    func authenticate(_ saying: Saying = Saying()) throws -> AuthenticationResponse {
        let clientData = clientData(saying, "webauthn.get", Self.request.challenge)
        let data = authenticatorData(saying) + saying.trailing
        return AuthenticationResponse(
            id: saying.id ?? Base64URL.encode(credentialID), rawID: saying.rawID ?? credentialID,
            clientDataJSON: clientData, authenticatorData: data, signature: try sign(data + SHA256.hash(clientData)),
            userHandle: saying.userHandle)
    }

    func record(signCount: UInt32 = 0, backupEligible: Bool = false) throws -> CredentialRecord {
        CredentialRecord(
            credentialID: credentialID, userHandle: Self.userHandle,
            publicKey: try CredentialPublicKey(encoded: coseKey.encoded), signCount: signCount,
            backupEligible: backupEligible)
    }

    // MARK: The bytes

    func attestedData(_ saying: Saying) -> [UInt8] {
        var saying = saying
        saying.flags |= 0x40
        let count = [UInt8(credentialID.count >> 8), UInt8(credentialID.count & 0xFF)]
        return authenticatorData(saying) + saying.aaguid + count + credentialID
            + (saying.coseKey ?? coseKey).encoded + saying.trailing
    }

    var coseKey: CBORValue {
        switch key.publicKey.material {
        case .p256(let x, let y):
            cborMap(
                (.number(1), .number(2)), (.number(3), .number(-7)), (.number(-1), .number(1)),
                (.number(-2), .bytes(x)), (.number(-3), .bytes(y)))
        case .ed25519(let x):
            cborMap(
                (.number(1), .number(1)), (.number(3), .number(-8)), (.number(-1), .number(6)),
                (.number(-2), .bytes(x)))
        case .rsa(let modulus, let exponent):
            cborMap(
                (.number(1), .number(3)), (.number(3), .number(-257)), (.number(-1), .bytes(modulus)),
                (.number(-2), .bytes(exponent)))
        }
    }

    private func clientData(_ saying: Saying, _ type: String, _ challenge: [UInt8]) -> [UInt8] {
        let challenge = Base64URL.encode(saying.challenge ?? challenge)
        return Array(
            (#"{"type":"\#(saying.type ?? type)","challenge":"\#(challenge)","origin":"\#(saying.origin)""#
                + saying.more + "}").utf8)
    }

    private func authenticatorData(_ saying: Saying) -> [UInt8] {
        let count = saying.signCount
        return SHA256.hash(Array(saying.relyingPartyID.utf8)) + [saying.flags]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> UInt32($0)) }
    }

    private func sign(_ message: [UInt8]) throws -> [UInt8] {
        let signature = try key.sign(message)
        guard key.algorithm == .es256 else { return signature }
        func integer(_ number: ArraySlice<UInt8>) -> [UInt8] {
            let digits = Array(number.drop { $0 == 0 })
            let content = (digits.first ?? 0) >= 0x80 ? [0] + digits : digits
            return [0x02, UInt8(content.count)] + content
        }
        let content = integer(signature[..<32]) + integer(signature[32...])
        return [0x30, UInt8(content.count)] + content
    }
}
