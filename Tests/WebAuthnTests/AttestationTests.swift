import JOSE
import Testing
import WebAuthn

@Suite("Attestation")
struct AttestationTests {
    private static let certificates = CBORValue.array([.bytes([0x30, 0])])

    private func result(_ format: String, _ statement: CBORValue) throws -> Result<Registered, RegistrationRefusal> {
        var saying = TestAuthenticator.Saying()
        (saying.format, saying.statement) = (format, statement)
        return try TestAuthenticator.creation.verify(TestAuthenticator().register(saying))
    }

    @Test("a format that is not registered is refused", arguments: ["", "None", "NONE", "packed2", "u2f", "none "])
    func unknown(format: String) throws {
        #expect(try result(format, cborMap()).refusal == .unknownAttestationFormat)
    }

    @Test("well-formed statements that were not asked for count as none")
    func unasked() throws {
        let (number, bytes, x5c) = (CBORValue.number(-7), CBORValue.bytes([1]), Self.certificates)
        let statements: [(String, CBORValue)] = [
            ("packed", cborMap((.text("alg"), number), (.text("sig"), bytes), (.text("x5c"), x5c))),
            ("fido-u2f", cborMap((.text("sig"), bytes), (.text("x5c"), x5c))),
            ("apple", cborMap((.text("x5c"), x5c))),
            ("android-safetynet", cborMap((.text("ver"), .text("1")), (.text("response"), bytes))),
        ]
        for (format, statement) in statements {
            #expect(try result(format, statement).get().attestation == .none)
        }
        let inner = statements.map { cborMap((.text("fmt"), .text($0.0)), (.text("attStmt"), $0.1)) }
        #expect(try result("compound", .array(inner)).get().attestation == .none)
    }

    @Test("a statement that is not of its format's shape is refused")
    func shapes() throws {
        let (number, bytes, x5c) = (CBORValue.number(-7), CBORValue.bytes([1]), Self.certificates)
        let none = cborMap((.text("fmt"), .text("none")), (.text("attStmt"), cborMap()))
        let compound = cborMap((.text("fmt"), .text("compound")), (.text("attStmt"), .array([none, none])))
        let bad: [(String, CBORValue)] = [
            ("none", cborMap((.text("sig"), bytes))), ("none", .array([])), ("none", .null), ("packed", cborMap()),
            ("packed", cborMap((.text("sig"), bytes))), ("packed", cborMap((.text("alg"), number))),
            ("packed", cborMap((.text("alg"), number), (.text("sig"), bytes), (.text("x5c"), .array([])))),
            ("packed", cborMap((.text("alg"), number), (.text("sig"), bytes), (.text("x5c"), .bytes([1])))),
            ("packed", cborMap((.text("alg"), number), (.text("sig"), bytes), (.text("x5c"), .array([.bytes([])])))),
            ("packed", cborMap((.text("alg"), .text("ES256")), (.text("sig"), bytes))),
            ("packed", cborMap((.text("alg"), number), (.text("sig"), .text("x")))),
            ("packed", cborMap((.text("alg"), number), (.text("sig"), bytes), (.text("yyy"), x5c))),
            ("apple", cborMap()), ("fido-u2f", cborMap((.text("x5c"), x5c))), ("tpm", cborMap((.text("x5c"), x5c))),
            ("compound", .array([none])), ("compound", cborMap()), ("compound", .array([none, compound])),
            ("compound", .array([none, .null])),
        ]
        for (format, statement) in bad {
            #expect(try result(format, statement).refusal == .malformedAttestationObject, "\(format)")
        }
    }

    @Test("a member of the attestation object too few or too many is refused")
    func members() throws {
        let good = try TestAuthenticator().register()
        let entries = try #require(CBORValue.decode(good.attestationObject).map).entries.map {
            (key: $0.key, value: $0.value)
        }
        var wrong = entries.indices.map { index in entries.enumerated().filter { $0.offset != index }.map(\.element) }
        wrong.append(entries + [(key: .text("unsigned!"), value: .null)])
        for entries in wrong {
            let response = RegistrationResponse(
                id: good.id, rawID: good.rawID, clientDataJSON: good.clientDataJSON,
                attestationObject: CBORValue.map(CBORMap(sorted: entries)).encoded)
            #expect(TestAuthenticator.creation.verify(response).refusal == .malformedAttestationObject)
        }
    }

    @Test("self attestation by another key, of another algorithm or over other data is refused")
    func selfAttestation() throws {
        let (authenticator, other) = (try TestAuthenticator(), try TestAuthenticator())
        let creation = TestAuthenticator.creation
        #expect(try creation.verify(authenticator.registerSigned(algorithm: -7)).refusal == nil)
        for algorithm in [-8, -257, -35, 7] {
            #expect(
                try creation.verify(authenticator.registerSigned(algorithm: algorithm)).refusal == .invalidAttestation)
        }
        // The victim's public key, signed for by someone else
        var saying = TestAuthenticator.Saying()
        saying.coseKey = authenticator.coseKey
        #expect(try creation.verify(other.registerSigned(saying, algorithm: -7)).refusal == .invalidAttestation)
        // The statement of one registration on the data of another
        let object = try #require(CBORValue.decode(authenticator.registerSigned(algorithm: -7).attestationObject).map)
        saying = TestAuthenticator.Saying()
        (saying.format, saying.signCount) = ("packed", 1)
        saying.statement = try #require(object["attStmt"])
        #expect(creation.verify(authenticator.register(saying)).refusal == .invalidAttestation)
    }
}
