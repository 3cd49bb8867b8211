import LatchkeyVerifier
import Testing

@Suite("What a request is answered whose token will not do")
struct BearerRefusalTests {
    private let refusals = BearerRefusals(
        resourceMetadata: "https://api.example.com/.well-known/oauth-protected-resource")

    @Test(
        "the token of the header is taken from scheme Bearer in any letters, and from no other scheme",
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER abc", "abc"), ("Bearer ", ""),
            ("Bearer  abc", " abc"),
            ("Basic abc", nil), ("Bearer", nil), ("", nil), ("Bearerabc", nil), ("B\u{212A}arer abc", nil),
        ] as [(String, String?)])
    func header(value: String, token: String?) {
        #expect(BearerHeader.token(of: value) == token)
    }

    @Test("a request without a token is challenged without an error, and told where to get one")
    func missing() {
        let refusal = refusals.tokenMissing
        #expect(refusal.status == 401 && refusal.code == "invalid_token" && refusal.retryAfter == nil)
        #expect(
            refusal.challenge == """
                Bearer realm="api", \
                resource_metadata="https://api.example.com/.well-known/oauth-protected-resource"
                """)
        #expect(BearerRefusals().tokenMissing.challenge == "Bearer realm=\"api\"")
    }

    @Test("an issuer out of reach is 503 without a challenge, so that no client throws a good token away")
    func unavailable() {
        for failure in [
            .keysUnavailable, .introspectionUnavailable, .revocationsUnavailable,
        ] as [TokenVerifier.Failure] {
            let refusal = refusals.refusal(for: failure)
            #expect(refusal.status == 503 && refusal.code == "temporarily_unavailable")
            #expect(refusal.challenge == nil && refusal.retryAfter == 5)
        }
    }

    @Test("a missing scope is 403, by the code of our APIs, and by RFC 6750's in the challenge")
    func scope() {
        let refusal = refusals.refusal(for: .missingScope("jobs:write"))
        #expect(refusal.status == 403 && refusal.code == "forbidden_scope")
        #expect(refusal.message == "This token is missing the required scope: jobs:write.")
        #expect(refusal.challenge?.contains(#"error="insufficient_scope""#) == true)
        #expect(refusal.challenge?.contains(#"scope="jobs:write""#) == true)
    }

    @Test("what a token says of itself cannot break out of the challenge, nor make it long")
    func quoting() throws {
        let claim = "a\"b\\c\r\nSet-Cookie: x\u{7F}é" + String(repeating: "y", count: 1_000)
        let challenge = try #require(refusals.refusal(for: .invalidClaim(claim)).challenge)
        #expect(challenge.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        #expect(challenge.contains("a'b'c??Set-Cookie: x??"))
        #expect(challenge.utf8.count < 700)
        let scope = try #require(refusals.refusal(for: .missingScope(#"x", realm="evil"#)).challenge)
        #expect(!scope.contains(#"realm="evil"#))
    }
}
