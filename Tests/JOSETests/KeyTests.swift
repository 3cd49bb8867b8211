import JOSE
import Testing

@Suite("Keys")
struct KeyTests {
    @Test("the thumbprints are those of RFC 7638 §3.1 and RFC 8037 A.3")
    func thumbprints() throws {
        let keys = try JSONWebKeySet(parsing: Array(Vectors.keySet.utf8)).keys
        #expect(keys.map(\.thumbprint).last == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
        #expect(keys.map(\.thumbprint).first == "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s")
        let ed = try JSONWebKey(parsing: Array(Vectors.edKey.utf8))
        #expect(ed.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test("the set of RFC 7517 A.1 is read, written and read again")
    func keySet() throws {
        let set = try JSONWebKeySet(parsing: Array(Vectors.keySet.utf8))
        #expect(set.keys.map(\.keyType) == ["EC", "RSA"])
        #expect(set.keys.map(\.keyID) == ["1", "2011-04-29"])
        #expect(set.keys.map(\.algorithm) == [nil, .rs256])
        #expect(set.keys.map(\.use) == ["enc", nil])
        #expect(try JSONWebKeySet(parsing: set.serialized()) == set)
    }

    @Test("a set keeps what it understands and leaves out the rest")
    func unknownKeysInSet() throws {
        let set = try JSONWebKeySet(
            parsing: Array(
                (#"{"keys":[1,{},{"kty":"EC","crv":"P-384","x":"","y":""},{"kty":"oct","k":"AAAA"},"#
                    + #"{"kty":"AKP","alg":"ML-DSA-44"},\#(Vectors.edKey)],"more":true}"#).utf8))
        #expect(set.keys.map(\.keyType) == ["OKP"])
        for text in ["", "[]", "{}", #"{"keys":{}}"#, #"{"keys":[],"keys":[]}"#] {
            #expect(throws: KeyError.malformed) { try JSONWebKeySet(parsing: Array(text.utf8)) }
        }
        let long = Array(#"{"keys":[\#(String(repeating: " ", count: JSONWebKeySet.maximumLength))]}"#.utf8)
        #expect(throws: KeyError.malformed) { try JSONWebKeySet(parsing: long) }
    }

    @Test(
        "a key that is not one is refused with its reason",
        arguments: [
            ("7", .malformed), ("{}", .invalidMember("kty")), (#"{"kty":7}"#, .invalidMember("kty")),
            (#"{"kty":"oct","k":"AyM1"}"#, .containsSecret("k")), (#"{"kty":"none"}"#, .unsupported("none")),
            (#"{"kty":"EC","crv":"P-521","x":"AA","y":"AA"}"#, .unsupported("P-521")),
            (#"{"kty":"OKP","crv":"X25519","x":"AA"}"#, .unsupported("X25519")),
            (#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#, .invalidMember("x")),
            (#"{"kty":"OKP","crv":"Ed25519","x":"AA=="}"#, .invalidMember("x")),
            (#"{"kty":"RSA","n":"AAEC","e":"AQAB"}"#, .invalidMember("n")),
            (#"{"kty":"RSA","n":"","e":"AQAB"}"#, .invalidMember("n")),
            (Vectors.edKey.dropLast() + #","d":"AA"}"#, .containsSecret("d")),
            (Vectors.edKey.dropLast() + #","alg":"none"}"#, .unsupported("none")),
            (Vectors.edKey.dropLast() + #","alg":"ES256"}"#, .algorithmMismatch),
            (Vectors.edKey.dropLast() + #","alg":"HS256"}"#, .algorithmMismatch),
            (Vectors.edKey.dropLast() + #","kid":5}"#, .invalidMember("kid")),
        ] as [(String, KeyError)])
    func refused(json: String, reason: KeyError) {
        #expect(throws: reason) { try JSONWebKey(parsing: Array(json.utf8)) }
    }

    @Test("a point off the curve, at infinity or beyond the field is refused")
    func notOnCurve() throws {
        let good = try JSONWebKey(parsing: Array(Vectors.ecKey.utf8))
        guard case .p256(let x, let y) = good.material else { throw KeyError.notAKey }
        var altered = y
        altered[31] ^= 1
        let zero = [UInt8](repeating: 0, count: 32)
        let ones = [UInt8](repeating: 0xFF, count: 32)
        for (x, y) in [(x, altered), (y, x), (zero, zero), (ones, y), (x, ones), ([], []), (x, y + [0])] {
            #expect(throws: KeyError.notAKey) { try VerificationKey(JSONWebKey(.p256(x: x, y: y))) }
        }
    }

    @Test("RSA below 2048 or above 8192 bits, or with an impossible modulus or exponent, is refused")
    func weakRSA() throws {
        func key(bits: Int, last: UInt8 = 0xEF, exponent: [UInt8] = [1, 0, 1]) -> JSONWebKey {
            var modulus = RandomSource.system.bytes(bits / 8)
            modulus[0] = 0x80
            modulus[bits / 8 - 1] = last
            return JSONWebKey(.rsa(modulus: modulus, exponent: exponent))
        }
        #expect(throws: KeyError.self) { try VerificationKey(key(bits: 512)) }
        #expect(throws: KeyError.self) { try VerificationKey(key(bits: 1024)) }
        #expect(throws: KeyError.self) { try VerificationKey(key(bits: 2040)) }
        #expect(throws: KeyError.self) { try VerificationKey(key(bits: 8200)) }
        #expect(throws: KeyError.notAKey) { try VerificationKey(key(bits: 2048, last: 0xEE)) }
        for exponent in [[], [0], [1], [2], [UInt8](repeating: 1, count: 9)] as [[UInt8]] {
            #expect(throws: KeyError.notAKey) { try VerificationKey(key(bits: 2048, exponent: exponent)) }
        }
        #expect(throws: KeyError.notAKey) { try VerificationKey(JSONWebKey(.rsa(modulus: [], exponent: []))) }
    }

    @Test("a key made for something else verifies nothing")
    func otherUse() throws {
        for member in [#""use":"enc""#, #""key_ops":["encrypt"]"#, #""key_ops":[]"#] {
            let key = try JSONWebKey(parsing: Array((Vectors.edKey.dropLast() + ",\(member)}").utf8))
            #expect(throws: KeyError.notForSignatures) { try VerificationKey(key) }
        }
    }

    @Test("no public key can be an HMAC key")
    func publicKeyIsNoSecret() throws {
        for json in [Vectors.ecKey, Vectors.edKey, Vectors.rsaKey] {
            let key = try JSONWebKey(parsing: Array(json.utf8))
            #expect(throws: KeyError.algorithmMismatch) { try VerificationKey(key, algorithm: .hs256) }
            #expect(throws: KeyError.self) { try SharedKey(parsing: Array(json.utf8)) }
        }
    }

    @Test("a shared key has 256 bits at least and is for HS256 alone")
    func sharedKey() throws {
        #expect(throws: KeyError.unacceptableSize(bits: 248)) {
            try SharedKey(Secret([UInt8](repeating: 1, count: 31)))
        }
        #expect(throws: KeyError.algorithmMismatch) {
            try SharedKey(parsing: Array((Vectors.hs256Key.dropLast() + #","alg":"RS256"}"#).utf8))
        }
    }

    @Test(
        "a signing key survives the trip through PKCS#8", arguments: [SignatureAlgorithm.es256, .edDSA, .rs256, .ps256])
    func pkcs8(algorithm: SignatureAlgorithm) throws {
        let key = try SigningKey.generate(algorithm)
        let again = try SigningKey(privateKey: key.privateKey, algorithm: algorithm)
        #expect(again.keyID == key.keyID)
        #expect(again.publicKey == key.publicKey)
        #expect(key.publicKey.keyID == key.publicKey.thumbprint)
        #expect(try VerificationKey(key.publicKey).isValid(again.sign([1, 2, 3]), for: [1, 2, 3]))
        var json = JSONWriter()
        key.publicKey.write(to: &json)
        #expect(try JSONWebKey(parsing: json.bytes) == key.publicKey)
    }

    @Test("bytes that are no private key are refused, and so is a key of another kind")
    func badPKCS8() throws {
        let key = try SigningKey.generate(.es256)
        let der = try key.privateKey.withBytes { Array($0) }
        for bytes in [[], [0x30], [UInt8](repeating: 0, count: 100), der + [0], Array(der.dropLast())] {
            #expect(throws: KeyError.unreadable) { try SigningKey(privateKey: Secret(bytes), algorithm: .es256) }
        }
        for algorithm in SignatureAlgorithm.allCases where algorithm != .es256 {
            #expect(throws: KeyError.algorithmMismatch) {
                try SigningKey(privateKey: Secret(der), algorithm: algorithm)
            }
        }
        #expect(throws: KeyError.algorithmMismatch) { try SigningKey.generate(.hs256) }
    }

    @Test("a private key with another key's public half is refused")
    func mismatchedHalves() throws {
        let der = try SigningKey.generate(.es256).privateKey.withBytes { Array($0) }
        let other = try SigningKey.generate(.es256).privateKey.withBytes { Array($0) }
        let mixed = Array(der.dropLast(64)) + Array(other.suffix(64))
        #expect(throws: KeyError.self) { try SigningKey(privateKey: Secret(mixed), algorithm: .es256) }
    }
}
