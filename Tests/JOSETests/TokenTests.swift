import JOSE
import Testing

@Suite("Tokens")
struct TokenTests {
    private let key: SigningKey
    private let verification: VerificationKey

    init() throws {
        key = try SigningKey.generate(.es256)
        verification = try VerificationKey(key.publicKey)
    }

    private func signed(_ header: String, _ payload: String = #"{"iss":"joe"}"#) throws -> String {
        try compact(header, payload, sign: key.sign)
    }

    @Test(
        "algorithms that are not in the table die at the lookup",
        arguments: ["none", "None", "NONE", "", "es256", "ES384", "HS512", "ES256 "])
    func unknownAlgorithm(name: String) throws {
        let unsigned = compact(#"{"alg":"\#(name)"}"#) { _ in [] }
        #expect(throws: TokenError.unknownAlgorithm) { try UnverifiedToken(parsing: unsigned) }
        #expect(throws: TokenError.unknownAlgorithm) { try UnverifiedToken(parsing: signed(#"{"alg":"\#(name)"}"#)) }
    }

    @Test("the unsecured token of RFC 7519 §6.1 is refused")
    func unsecured() {
        #expect(throws: TokenError.unknownAlgorithm) {
            try UnverifiedToken(parsing: "eyJhbGciOiJub25lIn0.\(Vectors.joe).")
        }
    }

    @Test("HS256 keyed with our public key, in whatever form, is refused before any MAC")
    func hmacConfusion() throws {
        let rsa = try JSONWebKey(parsing: Array(Vectors.rsaKey.utf8))
        guard case .rsa(let modulus, let exponent) = rsa.material else { throw KeyError.notAKey }
        let info = der(0x30, der(0x30, der(number: modulus) + der(number: exponent)))
        let pem = "-----BEGIN PUBLIC KEY-----\n\(Base64URL.encode(info))\n-----END PUBLIC KEY-----\n"
        for form in [Array(pem.utf8), info, Array(Vectors.rsaKey.utf8), modulus, Array(Vectors.rsaModulus.utf8)] {
            let attacker = HMACSHA256(key: Secret(form))
            let token = compact(#"{"alg":"HS256","typ":"at+jwt"}"#) { attacker.code(for: $0) }
            #expect(throws: TokenError.wrongKey) {
                try UnverifiedToken(parsing: token).verified(by: VerificationKey(rsa))
            }
        }
    }

    @Test("a token for a public key is not verified by a shared one")
    func sharedKeyPath() throws {
        let shared = try SharedKey(Secret([UInt8](repeating: 7, count: 32)), keyID: "mine")
        #expect(throws: TokenError.wrongKey) {
            try UnverifiedToken(parsing: key.token(type: "JWT", claims: Array("{}".utf8))).verified(by: shared)
        }
        let token = shared.token(type: "JWT", claims: Array(#"{"a":1}"#.utf8))
        #expect(try UnverifiedToken(parsing: token).verified(by: shared) == ["a": .integer(1)])
        let other = try SharedKey(Secret([UInt8](repeating: 8, count: 32)))
        #expect(throws: TokenError.invalidSignature) { try UnverifiedToken(parsing: token).verified(by: other) }
        let renamed = try SharedKey(Secret([UInt8](repeating: 7, count: 32)), keyID: "other")
        #expect(throws: TokenError.wrongKey) { try UnverifiedToken(parsing: token).verified(by: renamed) }
    }

    @Test("a token that names another algorithm or key than the one it is held against is refused")
    func wrongKey() throws {
        for header in [
            #"{"alg":"EdDSA"}"#, #"{"alg":"RS256"}"#, #"{"alg":"ES256","kid":"other"}"#, #"{"alg":"ES256","kid":""}"#,
        ] {
            let token = try UnverifiedToken(parsing: signed(header))
            #expect(throws: TokenError.wrongKey) { try token.verified(by: verification) }
        }
        #expect(
            try UnverifiedToken(parsing: signed(#"{"alg":"ES256"}"#)).verified(by: verification)["iss"]
                == .string("joe"))
    }

    @Test(
        "a header that brings a key or changes the rules is refused",
        arguments: ["crit", "b64", "jku", "jwk", "x5u", "x5c"])
    func refusedMembers(name: String) throws {
        for value in ["null", "true", "[]", "{}", #""https://evil.example/jwks""#] {
            let token = try signed(#"{"alg":"ES256","\#(name)":\#(value)}"#)
            #expect(throws: TokenError.refusedHeaderMember(name)) { try UnverifiedToken(parsing: token) }
        }
    }

    @Test(
        "a header that is not strict JSON of the right types is refused",
        arguments: [
            "", "[]", "{", "{}", #"{"alg":5}"#, #"{"alg":null}"#, #"{"alg":"ES256","alg":"ES256"}"#,
            #"{"alg":"ES256","\u0061lg":"none"}"#, #"{"alg":"ES256","kid":7}"#, #"{"alg":"ES256","typ":null}"#,
            #"{"alg":"ES256"} x"#, #"{"alg":"ES256","kid":"\ud800"}"#, "\u{FEFF}{\"alg\":\"ES256\"}",
            #"{"alg":"ES256","kid":"\u0000"}"#, #"{"alg":"ES256","x":[[[[[[[[[1]]]]]]]]]}"#,
        ])
    func invalidHeader(header: String) throws {
        #expect(throws: TokenError.invalidHeader) { try UnverifiedToken(parsing: signed(header)) }
    }

    @Test(
        "hostile kids are nothing but names that match no key",
        arguments: ["../../etc/passwd", "' OR 1=1 --", "\u{212A}", "%00"])
    func hostileKeyID(name: String) throws {
        let token = try UnverifiedToken(parsing: signed(#"{"alg":"ES256","kid":"\#(name)"}"#))
        #expect(throws: TokenError.wrongKey) { try token.verified(by: verification) }
    }

    @Test("a token over 16 KiB is refused unread, a kid of a megabyte among them")
    func tooLong() throws {
        let huge = try signed(#"{"alg":"ES256","kid":"\#(String(repeating: "k", count: 1 << 20))"}"#)
        #expect(throws: TokenError.tooLong) { try UnverifiedToken(parsing: huge) }
        #expect(throws: TokenError.tooLong) { try UnverifiedToken(parsing: String(repeating: ".", count: 16_385)) }
        #expect(throws: TokenError.malformed) { try UnverifiedToken(parsing: String(repeating: ".", count: 16_384)) }
    }

    @Test("a header that is known is taken for the same text alone, byte for byte")
    func knownHeader() throws {
        let first = try UnverifiedToken(parsing: signed(#"{"alg":"ES256","kid":"k"}"#))
        let same = try Array(signed(#"{"alg":"ES256","kid":"k"}"#, #"{"iss":"ada"}"#).utf8)
        let again = try UnverifiedToken(parsing: same, known: first.knownHeader)
        #expect(again.header == first.header)
        for header in [#"{"alg":"ES256","kid":"K"}"#, #"{"alg":"ES256","kid":"k" }"#, #"{"kid":"k","alg":"ES256"}"#] {
            let other = try UnverifiedToken(parsing: Array(signed(header).utf8), known: first.knownHeader)
            #expect(try other.header == UnverifiedToken(parsing: signed(header)).header)
        }
        #expect(throws: TokenError.unknownAlgorithm) {
            try UnverifiedToken(parsing: Array(signed(#"{"alg":"none","kid":"k"}"#).utf8), known: first.knownHeader)
        }
        #expect(throws: TokenError.malformed) {
            try UnverifiedToken(parsing: Array(("*" + signed(#"{"alg":"ES256"}"#)).utf8), known: first.knownHeader)
        }
    }

    @Test("what is not three parts of strict base64url is refused")
    func malformed() throws {
        let good = try signed(#"{"alg":"ES256"}"#)
        let parts = good.split(separator: ".").map(String.init)
        let bad = [
            "", ".", "..", "a.b.c", parts[0], parts[0] + "." + parts[1], good + ".", good + ".AA", "." + good,
            good + "=",
            good + " ", " " + good, "Bearer " + good, good + "\n", parts[0] + "=." + parts[1] + "." + parts[2],
            parts[0] + "." + parts[1] + "==." + parts[2], parts[0] + ". " + parts[1] + "." + parts[2],
            good.dropLast() + "\0", good + "é", parts[0] + "." + parts[1] + "." + parts[2].dropLast() + "B",
        ]
        for text in bad where text != good {
            #expect(throws: TokenError.self, "\(text)") {
                try UnverifiedToken(parsing: String(text)).verified(by: verification)
            }
        }
        // 64 bytes leave four bits over, so sixteen letters would stand for the same signature if they were not checked.
        #expect(throws: TokenError.malformed) { try UnverifiedToken(parsing: good.dropLast() + "B") }
    }

    @Test(
        "a signed payload that is no strict JSON object is refused",
        arguments: [
            "", "[]", "1", "null", #"{"a":1,"a":2}"#, #"{"a":"\udc00"}"#, "{\"a\":\"\0\"}", #"{"a":"\u0000"}"#, "{}{}",
            String(repeating: "[", count: 10_000), #"{"a":"# + String(repeating: "[", count: 5000),
        ])
    func invalidClaims(payload: String) throws {
        let token = try UnverifiedToken(parsing: signed(#"{"alg":"ES256"}"#, payload))
        #expect(throws: TokenError.invalidClaims) { try token.verified(by: verification) }
    }

    @Test("a payload that is not UTF-8 is refused")
    func invalidUTF8() throws {
        let input =
            Base64URL.encode(Array(#"{"alg":"ES256"}"#.utf8)) + "."
            + Base64URL.encode([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])
        let token = input + "." + Base64URL.encode(try key.sign(Array(input.utf8)))
        #expect(throws: TokenError.invalidClaims) { try UnverifiedToken(parsing: token).verified(by: verification) }
    }

    @Test("no single altered or missing byte passes")
    func everyByteCounts() throws {
        let token = Array(try key.token(type: "at+jwt", claims: Array(#"{"iss":"joe"}"#.utf8)).utf8)
        #expect(throws: Never.self) { try UnverifiedToken(parsing: token).verified(by: verification) }
        for index in token.indices {
            for byte in [UInt8(ascii: "A"), UInt8(ascii: "."), UInt8(ascii: "="), 0, 0xFF] where byte != token[index] {
                var altered = token
                altered[index] = byte
                #expect(throws: TokenError.self) { try UnverifiedToken(parsing: altered).verified(by: verification) }
            }
            let cut = Array(token[..<index])
            #expect(throws: TokenError.self) { try UnverifiedToken(parsing: cut).verified(by: verification) }
        }
    }

    @Test("a signing key writes alg, kid and typ, and nothing else")
    func header() throws {
        for type in (0..<12).map({ "type\($0)" }) + ["type0", "a\"b"] {
            let text = try key.token(type: type, claims: Array("{}".utf8))
            let header = try JSONValue.parse(try #require(Base64URL.decode(text.prefix { $0 != "." }.utf8)))
            #expect(header == .object(["alg": .string("ES256"), "kid": .string(key.keyID), "typ": .string(type)]))
        }
    }
}
