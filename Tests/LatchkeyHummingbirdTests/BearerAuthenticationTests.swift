import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import Testing

@Suite("Who passes BearerAuthentication")
struct BearerAuthenticationTests {
    private let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer()
    }

    /// One route behind the middleware, which tells what it was given.
    private func answer(
        _ verifier: TokenVerifier? = nil, bearer: String? = nil, _ fields: [(String, String)] = [],
        path: String = "/api/v1/jobs"
    ) async throws -> Answer {
        let verifier = verifier ?? issuer.verifier()
        return try await withRouter { router in
            router.group("/api/v1").add(middleware: BearerAuthentication(testing: verifier))
                .get("jobs", scope: "jobs:read") { _, context in
                    "\(context.token.subject) in \(context.tenant) by \(context.token.kind)"
                }
        } _: { client async throws in
            try await client.get(path, bearer: bearer, fields)
        }
    }

    @Test("a good token passes, and the route learns whose it is and in which tenant")
    func good() async throws {
        let answer = try await answer(bearer: issuer.token())
        #expect(answer.status == 200)
        #expect(answer.text == "usr_1 in org_1 by accessToken")
    }

    @Test("the scheme is read in any case, as RFC 9110 has it", arguments: ["bearer", "BEARER", "Bearer"])
    func scheme(_ scheme: String) async throws {
        let token = try issuer.token()
        #expect(try await answer(nil, [("Authorization", "\(scheme) \(token)")]).status == 200)
    }

    @Test("a request without a token is told that one is needed, and no error code")
    func missing() async throws {
        for fields in [[], [("Authorization", "Basic YTpi")], [("Authorization", "Bearer")]] {
            let answer = try await answer(nil, fields)
            #expect(answer.status == 401)
            #expect(answer["WWW-Authenticate"] == "Bearer realm=\"api\"")
            #expect(
                answer.text
                    == #"{"error":{"code":"invalid_token","message":"An access token is needed: send Authorization: Bearer <token>."}}"#
            )
        }
    }

    @Test("a token in the query or in a cookie is no token")
    func elsewhere() async throws {
        let token = try issuer.token()
        #expect(try await answer(path: "/api/v1/jobs?access_token=\(token)").status == 401)
        #expect(try await answer(nil, [("Cookie", "access_token=\(token)")]).status == 401)
    }

    @Test("two Authorization headers are one too many, even when both are good")
    func several() async throws {
        let token = try issuer.token()
        let answer = try await answer(
            nil, [("Authorization", "Bearer \(token)"), ("Authorization", "Bearer \(token)")])
        #expect(answer.status == 400)
        #expect(answer.string("error", "code") == "invalid_request")
        #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer realm=\"api\", error=\"invalid_request\"") == true)
    }

    @Test("every kind of bad token is 401 invalid_token, with the verifier's words in header and body")
    func bad() async throws {
        let stranger = try TestIssuer()
        let cases: [(String, TokenVerifier.Failure)] = [
            ("rubbish", .malformed),
            (try issuer.token(type: "JWT"), .notAnAccessToken),
            (try stranger.token(), .unknownKey),
            (try issuer.token(["sub": nil]), .invalidClaim("sub")),
            (try issuer.token(["org": nil]), .invalidClaim("org")),
            (try issuer.token(["iss": .string("https://evil.example")]), .wrongIssuer),
            (try issuer.token(["aud": .string("https://other.example")]), .wrongAudience),
            (
                try issuer.token(["exp": .integer(TestIssuer.now.seconds - 30)]),
                .expired(TestIssuer.now - .seconds(30))
            ),
            (
                try issuer.token(["nbf": .integer(TestIssuer.now.seconds + 31)]),
                .notYetValid(TestIssuer.now + .seconds(31))
            ),
            (TestIssuer.apiToken, .apiTokensNotAccepted),
        ]
        for (token, failure) in cases {
            let answer = try await answer(bearer: token)
            #expect(answer.status == 401, "\(failure)")
            #expect(
                answer["WWW-Authenticate"]
                    == "Bearer realm=\"api\", error=\"invalid_token\", error_description=\"\(failure.message)\"")
            #expect(answer.text == #"{"error":{"code":"invalid_token","message":"\#(failure.message)"}}"#)
            #expect(answer["Retry-After"] == nil)
        }
    }

    @Test("when keys, introspection or revocations are out of reach it is 503 with Retry-After, and no challenge")
    func outages() async throws {
        struct Down: Error {}
        let keys = TokenVerifier(
            issuer: TestIssuer.url, audience: TestIssuer.audience, algorithms: [.es256], keys: .remote { throw Down() })
        let introspection = issuer.verifier(introspection: .single { _ in throw Down() })
        let revocations = issuer.verifier(revocations: .feed(.closed(after: .seconds(60))) { _ in throw Down() })
        let cases: [(TokenVerifier, String, TokenVerifier.Failure)] = [
            (keys, try issuer.token(), .keysUnavailable),
            (introspection, TestIssuer.apiToken, .introspectionUnavailable),
            (revocations, try issuer.token(), .revocationsUnavailable),
        ]
        for (verifier, token, failure) in cases {
            let answer = try await answer(verifier, bearer: token)
            #expect(answer.status == 503)
            #expect(answer["Retry-After"] == "5")
            #expect(answer["WWW-Authenticate"] == nil)
            #expect(answer.text == #"{"error":{"code":"temporarily_unavailable","message":"\#(failure.message)"}}"#)
        }
    }

    @Test("an API token is asked about once, acts in its organization, and has its own scopes alone")
    func apiToken() async throws {
        let verifier = issuer.verifier(introspection: .single { _ in TestIssuer.introspected() })
        let good = try await answer(verifier, bearer: TestIssuer.apiToken)
        #expect(good.text == "tok_1 in org_7 by apiToken")
        let narrow = issuer.verifier(introspection: .single { _ in TestIssuer.introspected(["scope": .string("x")]) })
        #expect(try await answer(narrow, bearer: TestIssuer.apiToken).status == 403)
        let dead = issuer.verifier(introspection: .single { _ in Array(#"{"active":false}"#.utf8) })
        let refused = try await answer(dead, bearer: TestIssuer.apiToken)
        #expect(refused.status == 401)
        #expect(refused.string("error", "message") == TokenVerifier.Failure.inactive.message)
    }

    @Test("what a claim says cannot break out of the challenge")
    func quoting() async throws {
        let answer = try await withRouter { router in
            router.group().add(middleware: BearerAuthentication(testing: issuer.verifier()))
                .get("x", scope: "a\"b\\c\r\nX-Evil: 1") { _, _ in "never" }
        } _: { [token = try issuer.token()] client async throws in
            try await client.get("/x", bearer: token)
        }
        #expect(answer.status == 403)
        #expect(answer["X-Evil"] == nil)
        #expect(answer["WWW-Authenticate"]?.contains("scope=\"a'b'c??X-Evil: 1\"") == true)
    }
}
