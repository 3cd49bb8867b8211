import JOSE
import Testing

@Suite("Signatures")
struct SignatureTests {
    private let joe: JSONObject = [
        "iss": .string("joe"), "exp": .integer(1_300_819_380), "http://example.com/is_root": .bool(true),
    ]

    @Test("RFC 7515 A.1 (HS256) is verified, and made again to the byte")
    func hs256() throws {
        let key = try SharedKey(parsing: Array(Vectors.hs256Key.utf8))
        #expect(try UnverifiedToken(parsing: Vectors.hs256).verified(by: key) == joe)
        let input = Vectors.hs256.prefix { $0 != "." } + "." + Vectors.joe
        #expect(Vectors.hs256 == input + "." + Base64URL.encode(key.sign(Array(input.utf8))))
    }

    @Test("RFC 7515 A.2 (RS256) is verified, and made again to the byte")
    func rs256() throws {
        #expect(try UnverifiedToken(parsing: Vectors.rs256).verified(by: publicKey(Vectors.rsaKey)) == joe)
        let key = try SigningKey(privateKey: rsaPKCS8(), algorithm: .rs256)
        let input = "eyJhbGciOiJSUzI1NiJ9." + Vectors.joe
        #expect(try Vectors.rs256 == input + "." + Base64URL.encode(key.sign(Array(input.utf8))))
    }

    @Test("RFC 7515 A.3 (ES256) is verified")
    func es256() throws {
        #expect(try UnverifiedToken(parsing: Vectors.es256).verified(by: publicKey(Vectors.ecKey)) == joe)
    }

    @Test("RFC 8037 A.4 and A.5 (EdDSA) is verified, and made again to the byte")
    func edDSA() throws {
        let payload = try UnverifiedToken(parsing: Vectors.edDSA).payload(verifiedBy: publicKey(Vectors.edKey))
        #expect(payload == Array("Example of Ed25519 signing".utf8))
        let key = try SigningKey(privateKey: ed25519PKCS8(), algorithm: .edDSA)
        let input = Vectors.edDSA.split(separator: ".").dropLast().joined(separator: ".")
        #expect(try Vectors.edDSA == input + "." + Base64URL.encode(key.sign(Array(input.utf8))))
    }

    @Test(
        "every algorithm verifies its own tokens and no altered one",
        arguments: [SignatureAlgorithm.es256, .edDSA, .rs256, .ps256])
    func roundTrip(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm)
        let verification = try VerificationKey(key.publicKey)
        for number in 0..<20 {
            let token = try key.token(type: "at+jwt", claims: Array(#"{"number":\#(number)}"#.utf8))
            let unverified = try UnverifiedToken(parsing: token)
            #expect(unverified.header.algorithm == algorithm)
            #expect(unverified.header.keyID == key.keyID)
            #expect(unverified.header.type == "at+jwt")
            #expect(try unverified.verified(by: verification) == ["number": .integer(Int64(number))])
        }
        let other = try SigningKey.generate(algorithm)
        #expect(try !VerificationKey(other.publicKey).isValid(key.sign([1]), for: [1]))
        let signature = try key.sign([1])
        for index in signature.indices {
            var altered = signature
            altered[index] ^= 1
            #expect(!verification.isValid(altered, for: [1]))
        }
        for altered in [
            [], Array(signature.dropLast()), Array(signature.dropFirst()), signature + [0], [0] + signature,
        ] {
            #expect(!verification.isValid(altered, for: [1]))
        }
        #expect(verification.isValid(signature, for: [1]))
        #expect(!verification.isValid(signature, for: [2]))
    }

    @Test("a signature of one RSA scheme is none of the other")
    func rsaSchemes() throws {
        let pkcs1 = try SigningKey(privateKey: rsaPKCS8(), algorithm: .rs256)
        let pss = try SigningKey(privateKey: rsaPKCS8(), algorithm: .ps256)
        #expect(try VerificationKey(pss.publicKey).isValid(pss.sign([1]), for: [1]))
        #expect(try !VerificationKey(pss.publicKey).isValid(pkcs1.sign([1]), for: [1]))
        #expect(try !VerificationKey(pkcs1.publicKey).isValid(pss.sign([1]), for: [1]))
    }

    @Test("one key signs and verifies in many tasks at once", arguments: [SignatureAlgorithm.es256, .edDSA, .rs256])
    func concurrently(algorithm: SignatureAlgorithm) async throws {
        let key = try SigningKey.generate(algorithm)
        let verification = try VerificationKey(key.publicKey)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for task in 0..<8 {
                group.addTask {
                    try (0..<20).allSatisfy { number in
                        let message = [UInt8(task), UInt8(number)]
                        return try verification.isValid(key.sign(message), for: message)
                    }
                }
            }
            for try await allValid in group { #expect(allValid) }
        }
    }

    // MARK: The edges of ECDSA, as Wycheproof has them

    private static let order = bytes(hex: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
    private static let zero = [UInt8](repeating: 0, count: 32)
    private static let one = zero.dropLast() + [1]
    private static let ones = [UInt8](repeating: 0xFF, count: 32)

    @Test("r and s of zero, one, n, n + 1 and 2^256 − 1 are refused")
    func ecdsaRange() throws {
        let key = try publicKey(Vectors.ecKey)
        let good = try #require(Base64URL.decode(Vectors.es256.split(separator: ".")[2]))
        let afterOrder = Self.order.dropLast() + [0x52]
        for bad in [Self.zero, Array(Self.one), Self.order, Array(afterOrder), Self.ones] {
            for signature in [bad + good[32...], good[..<32] + bad, bad + bad] {
                #expect(!key.isValid(Array(signature), for: Array("\(Vectors.es256.dropLast(87))".utf8)))
            }
        }
    }

    @Test("r or s with n added, which is the same modulo n, is refused")
    func ecdsaMalleability() throws {
        // Every signature with a small enough r would have a twin r + n; we look for one by signing.
        let key = try SigningKey.generate(.es256)
        let signature = try key.sign([1])
        var sum = [UInt8](repeating: 0, count: 33)
        var carry = 0
        for index in (0..<32).reversed() {
            let total = Int(signature[index]) + Int(Self.order[index]) + carry
            sum[index + 1] = UInt8(total & 0xFF)
            carry = total >> 8
        }
        sum[0] = UInt8(carry)
        #expect(try !VerificationKey(key.publicKey).isValid(sum + signature[32...], for: [1]))
    }

    @Test("DER instead of r‖s is refused, whatever its length")
    func ecdsaDER() throws {
        let key = try publicKey(Vectors.ecKey)
        let good = try #require(Base64URL.decode(Vectors.es256.split(separator: ".")[2]))
        let sequence = der(0x30, der(number: Array(good[..<32])) + der(number: Array(good[32...])))
        let message = Array(Vectors.es256.split(separator: ".").dropLast().joined(separator: ".").utf8)
        #expect(key.isValid(good, for: message))
        #expect(!key.isValid(sequence, for: message))
        #expect(!key.isValid(Array(sequence.prefix(64)), for: message))
        #expect(!key.isValid(der(0x30, [2, 1, 1, 2, 1, 1]) + [UInt8](repeating: 0, count: 56), for: message))
    }

    @Test("DER is taken where it is asked for, in one writing alone, and for ES256 alone")
    func ecdsaInDER() throws {
        let key = try publicKey(Vectors.ecKey)
        let good = try #require(Base64URL.decode(Vectors.es256.split(separator: ".")[2]))
        let message = Array(Vectors.es256.split(separator: ".").dropLast().joined(separator: ".").utf8)
        let (r, s) = (Array(good[..<32]), Array(good[32...]))
        let sequence = der(0x30, der(number: r) + der(number: s))
        #expect(key.isValid(der: sequence, for: message))
        #expect(!key.isValid(der: good, for: message))
        for bad in [
            [], sequence + [0], Array(sequence.dropLast()), [0x30, 0x81] + sequence.dropFirst(),
            der(0x30, der(0x02, [0] + r) + der(number: s)), der(0x30, der(number: r) + der(0x02, s)),
            der(0x30, der(number: r) + der(number: s) + der(number: s)), der(0x30, der(0x02, []) + der(number: s)),
        ] {
            #expect(!key.isValid(der: bad, for: message))
        }
        for index in sequence.indices {
            var altered = sequence
            altered[index] ^= 1
            #expect(!key.isValid(der: altered, for: message))
        }
        let rsa = try SigningKey(privateKey: rsaPKCS8(), algorithm: .rs256)
        #expect(try !VerificationKey(rsa.publicKey).isValid(der: rsa.sign([1]), for: [1]))
    }

    @Test("signatures whose numbers have leading zeros or a high bit keep their 64 bytes")
    func ecdsaLengths() throws {
        let key = try SigningKey.generate(.es256)
        let verification = try VerificationKey(key.publicKey)
        var hadLeadingZero = false
        for number in 0..<2000 {
            let message = [UInt8(number & 0xFF), UInt8(number >> 8)]
            let signature = try key.sign(message)
            #expect(signature.count == 64)
            if signature[0] == 0 || signature[32] == 0 {
                hadLeadingZero = true
                #expect(verification.isValid(signature, for: message))
            }
        }
        #expect(hadLeadingZero)
    }
}
