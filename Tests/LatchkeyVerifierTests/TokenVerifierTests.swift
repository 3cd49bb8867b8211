import LatchkeyVerifier
import Testing

@Suite("Verifying a token")
struct TokenVerifierTests {
    private let issuer: Issuer
    private let verifier: TokenVerifier

    init() throws {
        issuer = try Issuer()
        verifier = issuer.verifier
    }

    private func expect(
        _ failure: TokenVerifier.Failure, _ token: String, at now: Instant = Issuer.now,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await #expect(throws: failure, sourceLocation: sourceLocation) { try await verifier.verify(token, at: now) }
    }

    @Test("a good token shows who, what for, and until when")
    func good() async throws {
        let token = try await verifier.verify(issuer.token(), at: Issuer.now)
        #expect(token.subject == "usr_1")
        #expect(token.clientID == "latchkey-cli")
        #expect(token.scopes == ["jobs:read", "jobs:write"])
        #expect(token.audience == [Issuer.audience])
        #expect(token.issuedAt == Issuer.now)
        #expect(token.expiresAt == Issuer.now + .seconds(14_400))
        #expect(token.authTime == Issuer.now - .seconds(60))
        #expect(token.authenticationMethods == ["email"])
        #expect(token.grantID == "grt_1")
        #expect(token.organizationID == "org_1")
        #expect(token.tokenID == "jti-1")
        #expect(token.claims == Issuer.claims)
    }

    @Test("claims are found in whatever order they were written", arguments: 0..<12)
    func anyOrder(turn: Int) async throws {
        let members = Issuer.claims.members.map { (name: $0.name, value: $0.value) }
        for claims in [members[turn...] + members[..<turn], (members[turn...] + members[..<turn]).reversed()[...]] {
            let text = try issuer.key.token(
                type: "at+jwt", claims: JSONValue.object(JSONObject(Array(claims))).serialized())
            let token = try await verifier.verify(text, at: Issuer.now)
            #expect(token.subject == "usr_1" && token.clientID == "latchkey-cli" && token.tokenID == "jti-1")
            #expect(token.scope == "jobs:read jobs:write" && token.audience == [Issuer.audience])
            #expect(token.grantID == "grt_1" && token.organizationID == "org_1" && token.issuedAt == Issuer.now)
            #expect(token.authenticationMethods == ["email"] && token.authenticationContextClass == nil)
        }
    }

    @Test("a token with nothing but what RFC 9068 requires is good")
    func minimal() async throws {
        let token = try await verifier.verify(
            issuer.token(["scope": nil, "auth_time": nil, "amr": nil, "sid": nil, "org": nil]), at: Issuer.now)
        #expect(token.scopes.isEmpty && token.authenticationMethods.isEmpty)
        #expect(token.authenticationContextClass == nil)
        #expect(token.authTime == nil && token.grantID == nil && token.organizationID == nil)
    }

    @Test("a token of a login that was stepped up says so")
    func steppedUp() async throws {
        let token = try await verifier.verify(
            issuer.token(["acr": .string("urn:latchkey:acr:step-up")]), at: Issuer.now)
        #expect(token.authenticationContextClass == "urn:latchkey:acr:step-up")
    }

    @Test("every algorithm works", arguments: [SignatureAlgorithm.es256, .edDSA, .rs256, .ps256])
    func algorithms(algorithm: SignatureAlgorithm) async throws {
        let issuer = try Issuer(algorithm)
        #expect(try await issuer.verifier.verify(issuer.token(), at: Issuer.now).subject == "usr_1")
    }

    @Test("a scope is required to the letter, and the message is the agreed one")
    func scopes() async throws {
        let token = try await verifier.verify(
            issuer.token(["scope": .string("jobs:read jobs:\u{212A}")]), at: Issuer.now)
        #expect(throws: Never.self) { try token.require("jobs:read") }
        for scope in ["jobs:write", "jobs", "jobs:rea", "JOBS:READ", "jobs:read jobs:K", "jobs:K", ""] {
            #expect(throws: TokenVerifier.Failure.missingScope(scope)) { try token.require(scope) }
        }
        let failure = TokenVerifier.Failure.missingScope("jobs:write")
        #expect(failure.message == "This token is missing the required scope: jobs:write.")
        #expect(failure.code == "insufficient_scope" && failure.status == 403)
    }

    @Test("an ID token, a plain JWT and a token without a type are refused")
    func types() async throws {
        for type in ["JWT", "", "at+jwt ", "AT+JWT", "application/jwt", "id_token", "application/at+jwt;x=y"] {
            await expect(.notAnAccessToken, try issuer.token(type: type))
        }
        await expect(.notAnAccessToken, try issuer.token(header: #"{"alg":"ES256","kid":"\#(issuer.key.keyID)"}"#))
        _ = try await verifier.verify(issuer.token(type: "application/at+jwt"), at: Issuer.now)
    }

    @Test("an issuer that is not the very same text is refused")
    func issuers() async throws {
        for other in [
            "https://id.example.com/", "https://ID.example.com", "http://id.example.com", "https://id.example.co",
            "https://id.example.com\u{200B}", " https://id.example.com",
        ] {
            await expect(.wrongIssuer, try issuer.token(["iss": .string(other)]))
        }
        for wrong in [nil, .integer(1), .array([.string(Issuer.url)]), .string("")] as [JSONValue?] {
            await expect(.invalidClaim("iss"), try issuer.token(["iss": wrong]))
        }
    }

    @Test("an audience that is missing, other or a lookalike is refused; an array that has ours is good")
    func audiences() async throws {
        let lookalikes = [
            "https://api.example.com/", "https://api.example.com.evil.org", "https://API.example.com",
            "https://api.example.co", "*", "",
        ]
        for other in lookalikes {
            await expect(.wrongAudience, try issuer.token(["aud": .string(other)]))
        }
        await expect(.wrongAudience, try issuer.token(["aud": .array(lookalikes.map(JSONValue.string))]))
        await expect(.wrongAudience, try issuer.token(["aud": .array([])]))
        for wrong in [nil, .null, .integer(1), .array([.string(Issuer.audience), .integer(1)])] as [JSONValue?] {
            await expect(.invalidClaim("aud"), try issuer.token(["aud": wrong]))
        }
        let both = JSONValue.array([.string("https://other.example.com"), .string(Issuer.audience)])
        #expect(try await verifier.verify(issuer.token(["aud": both]), at: Issuer.now).audience.count == 2)
    }

    @Test("an audience that Swift's == would take for ours is refused")
    func canonicallyEquivalentAudience() async throws {
        let verifier = TokenVerifier(
            issuer: Issuer.url, audience: "https://K.example", algorithms: [.es256], keys: .fixed(issuer.keySet))
        await #expect(throws: TokenVerifier.Failure.wrongAudience) {
            try await verifier.verify(issuer.token(["aud": .string("https://\u{212A}.example")]), at: Issuer.now)
        }
    }

    @Test("an exp that is no whole number of seconds in range is refused")
    func expiryTypes() async throws {
        for wrong in [
            nil, .null, .string("\(Issuer.now.seconds + 60)"), .number(1.9e9), .number(1_800_000_060.5), .integer(-1),
            .integer(.min), .integer(.max), .number(9_223_372_036_854_775_808), .bool(true), .integer(253_402_300_800),
        ] as [JSONValue?] {
            await expect(.invalidClaim("exp"), try issuer.token(["exp": wrong]))
        }
    }

    @Test("a token is good until 30 seconds after exp and not a microsecond longer")
    func expiry() async throws {
        let exp = Issuer.now + .seconds(60)
        let token = try issuer.token(["exp": .integer(exp.seconds)])
        _ = try await verifier.verify(token, at: exp + .seconds(30) - .microseconds(1))
        await expect(.expired(exp), token, at: exp + .seconds(30))
        // Also when the cache has it.
        _ = try await verifier.verify(token, at: Issuer.now)
        _ = try await verifier.verify(token, at: exp)
        await expect(.expired(exp), token, at: exp + .seconds(30))
        await expect(.expired(Instant(seconds: 0)), try issuer.token(["exp": .integer(0)]))
    }

    @Test("a token from the future is refused beyond the tolerance, cached or not")
    func notYetValid() async throws {
        for claim in ["nbf", "iat"] {
            let start = Issuer.now + .seconds(31)
            let token = try issuer.token([claim: .integer(start.seconds)])
            await expect(.notYetValid(start), token)
            _ = try await verifier.verify(token, at: Issuer.now + .seconds(1))
            await expect(.notYetValid(start), token)
        }
        await expect(.invalidClaim("iat"), try issuer.token(["iat": nil]))
        await expect(.invalidClaim("nbf"), try issuer.token(["nbf": .string("0")]))
    }

    @Test("a claim that is missing, empty or of another type is refused by name")
    func claimTypes() async throws {
        for name in ["sub", "client_id", "jti"] {
            for wrong in [nil, .null, .string(""), .integer(7), .array([])] as [JSONValue?] {
                await expect(.invalidClaim(name), try issuer.token([name: wrong]))
            }
        }
        for name in ["scope", "sid", "org"] {
            await expect(.invalidClaim(name), try issuer.token([name: .array([.string("jobs:read")])]))
            await expect(.invalidClaim(name), try issuer.token([name: .null]))
        }
        await expect(.invalidClaim("amr"), try issuer.token(["amr": .string("pwd")]))
        await expect(.invalidClaim("auth_time"), try issuer.token(["auth_time": .string("1")]))
    }

    @Test("a key that is unknown, missing or of another issuer verifies nothing")
    func unknownKeys() async throws {
        await expect(.unknownKey, try Issuer().token())
        await expect(.unknownKey, try issuer.token(header: #"{"alg":"ES256","typ":"at+jwt"}"#))
        for kid in ["", "../../keys/a", "' OR 1=1 --", "\(issuer.key.keyID) "] {
            await expect(.unknownKey, try issuer.token(header: #"{"alg":"ES256","typ":"at+jwt","kid":"\#(kid)"}"#))
        }
        // Another key under our key's name.
        let forged = try Issuer().token(header: #"{"alg":"ES256","typ":"at+jwt","kid":"\#(issuer.key.keyID)"}"#)
        await expect(.invalidSignature, forged)
    }

    @Test("an algorithm that was not asked for is refused, even with a key of the issuer's")
    func unacceptableAlgorithms() async throws {
        let rsa = try Issuer(.rs256)
        let verifier = TokenVerifier(
            issuer: Issuer.url, audience: Issuer.audience, algorithms: [.es256],
            keys: .fixed(JSONWebKeySet([rsa.key.publicKey, issuer.key.publicKey])))
        await #expect(throws: TokenVerifier.Failure.unacceptableAlgorithm) {
            try await verifier.verify(rsa.token(), at: Issuer.now)
        }
        for name in ["none", "None", "HS256", "ES384", "RS256"] {
            let header = #"{"alg":"\#(name)","typ":"at+jwt","kid":"\#(issuer.key.keyID)"}"#
            await expect(.unacceptableAlgorithm, try issuer.token(header: header))
        }
    }

    @Test("text that is no token is refused")
    func malformed() async throws {
        let good = try issuer.token()
        for text in ["", ".", "..", "Bearer \(good)", good + "=", good + "\n", String(repeating: "a.", count: 1 << 20)]
        {
            await expect(.malformed, text)
        }
        for member in [#""crit":["exp"]"#, #""b64":false"#, #""jku":"https://evil.example""#, #""x5c":[]"#] {
            await expect(.malformed, try issuer.token(header: #"{"alg":"ES256","typ":"at+jwt",\#(member)}"#))
        }
    }

    @Test("a token altered in any place is refused, even when the real one is cached")
    func altered() async throws {
        let good = try issuer.token()
        _ = try await verifier.verify(good, at: Issuer.now)
        for index in good.indices where good[index] != "." {
            let letter: Character = good[index] == "A" ? "B" : "A"
            let altered = good[..<index] + String(letter) + good[good.index(after: index)...]
            await #expect(throws: TokenVerifier.Failure.self) {
                try await verifier.verify(String(altered), at: Issuer.now)
            }
        }
    }

    @Test("every failure has a message that ends in a full stop, a code of RFC 6750 and a status")
    func failures() {
        let failures: [TokenVerifier.Failure] = [
            .malformed, .unacceptableAlgorithm, .notAnAccessToken, .unknownKey, .keysUnavailable, .invalidSignature,
            .invalidClaim("exp"), .wrongIssuer, .wrongAudience, .expired(Issuer.now), .notYetValid(Issuer.now),
            .inactive, .apiTokensNotAccepted, .introspectionUnavailable, .revoked, .revocationsUnavailable,
            .missingScope("a"),
        ]
        #expect(Set(failures.map(\.message)).count == failures.count)
        for failure in failures {
            #expect(failure.message.hasSuffix(".") && "\(failure)" == failure.message)
            #expect(["invalid_token", "insufficient_scope", "temporarily_unavailable"].contains(failure.code))
            #expect([401, 403, 503].contains(failure.status))
        }
        #expect(
            TokenVerifier.Failure.expired(Issuer.now).message
                == "This token expired at 2027-01-15T08:00:00Z. Refresh it or sign in again.")
    }

    @Test("now is now")
    func clock() {
        #expect(Instant.now > Instant(seconds: 1_760_000_000))
        #expect(Instant.now < Instant(seconds: 10_000_000_000))
    }
}
