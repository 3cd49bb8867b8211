import JOSE
import LatchkeyVerifier
import Testing

@Suite("API tokens that are introspected")
struct IntrospectionTests {
    private let server = IntrospectionServer()
    private let token = IntrospectionServer.token(1)

    private func after(_ milliseconds: Int64) -> Instant { Issuer.now + .milliseconds(milliseconds) }

    private func expect(
        _ failure: TokenVerifier.Failure, _ verifier: TokenVerifier, _ token: String? = nil,
        at now: Instant = Issuer.now,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        await #expect(throws: failure, sourceLocation: sourceLocation) {
            try await verifier.verify(token ?? self.token, at: now)
        }
    }

    @Test("a good one is a verified token like any other: scopes, organization, restrictions")
    func good() async throws {
        server.know(
            token,
            IntrospectionServer.good([
                "exp": .integer(Issuer.now.seconds + 60),
                "resources": .object(["projects": .array([.string("prj_1"), .string("prj_2")])]),
            ]))
        for introspection in [server.single, server.batch] {
            let verified = try await server.verifier(introspection).verify(token, at: Issuer.now)
            #expect(verified.kind == .apiToken && verified.subject == "tok_1" && verified.grantID == "tok_1")
            #expect(verified.organizationID == "org_1" && verified.expiresAt == Issuer.now + .seconds(60))
            try verified.require("jobs:write")
            #expect(throws: TokenVerifier.Failure.missingScope("jobs:send")) { try verified.require("jobs:send") }
            #expect(verified.allows("projects", "prj_1") && verified.allows("folders", "any"))
            #expect(!verified.allows("projects", "prj_3") && !verified.allows("projects", "PRJ_1"))
            #expect(verified.claims["access"]?.string == "custom")
        }
    }

    @Test("what cannot be one is refused without a question, and so is every one where none is accepted")
    func form() async throws {
        let verifier = server.verifier(server.single)
        for wrong in [
            "lk_live_", token + "0", String(token.dropLast()), token.replacing("001", with: "002"), "lk_live_" + token,
        ] {
            await expect(.inactive, verifier, wrong)
        }
        await expect(.apiTokensNotAccepted, server.verifier(nil))
        await expect(.malformed, verifier, "LK_LIVE_" + token.dropFirst(8))
        #expect(server.asked.isEmpty)
    }

    @Test("the issuer is asked once in ten seconds, counted from the question, and never after exp")
    func lifetime() async throws {
        server.know(token, IntrospectionServer.good(["exp": .integer(Issuer.now.seconds + 25)]))
        let verifier = server.verifier(server.single)
        for time in [0, 1, 9_999] { _ = try await verifier.verify(token, at: after(Int64(time))) }
        #expect(server.asked.count == 1)
        _ = try await verifier.verify(token, at: after(10_000))
        #expect(server.asked.count == 2)
        _ = try await verifier.verify(token, at: after(20_000))
        _ = try await verifier.verify(token, at: after(24_999))
        #expect(server.asked.count == 3)
        server.know(token, nil)
        await expect(.inactive, verifier, at: after(25_000))
        #expect(server.asked.count == 4)
    }

    @Test("seed 001: one that was revoked is refused within ten seconds, and not forgotten before two have passed")
    func revoked() async throws {
        server.know(token, IntrospectionServer.good())
        let verifier = server.verifier(server.batch)
        _ = try await verifier.verify(token, at: Issuer.now)
        server.know(token, nil)
        _ = try await verifier.verify(token, at: after(9_999))
        await expect(.inactive, verifier, at: after(10_000))
        server.know(token, IntrospectionServer.good())
        await expect(.inactive, verifier, at: after(11_999))
        _ = try await verifier.verify(token, at: after(12_000))
        #expect(server.asked.count == 3)
    }

    @Test("a clock that is set back makes no answer last longer")
    func clockSetBack() async throws {
        server.know(token, IntrospectionServer.good())
        let verifier = server.verifier(server.single)
        _ = try await verifier.verify(token, at: Issuer.now)
        server.know(token, nil)
        await expect(.inactive, verifier, at: Issuer.now - .seconds(60))
    }

    @Test("when the issuer cannot be asked, what is known is good until its time and everything else is 503")
    func outage() async throws {
        server.know(token, IntrospectionServer.good())
        for introspection in [server.single, server.batch] {
            server.setDown(false)
            let verifier = server.verifier(introspection)
            _ = try await verifier.verify(token, at: Issuer.now)
            server.setDown(true)
            _ = try await verifier.verify(token, at: after(9_999))
            await expect(.introspectionUnavailable, verifier, at: after(10_000))
            await expect(.introspectionUnavailable, verifier, IntrospectionServer.token(2))
            server.setDown(false)
            _ = try await verifier.verify(token, at: after(10_000))
            await expect(.inactive, verifier, IntrospectionServer.token(2))
        }
        #expect(TokenVerifier.Failure.introspectionUnavailable.status == 503)
        #expect(TokenVerifier.Failure.introspectionUnavailable.code == "temporarily_unavailable")
    }

    @Test(
        "an answer that is not to the letter is no answer: never a token, and never a refusal of one",
        arguments: [
            "", "nonsense", "[]", "{}", #"{"active":"true"}"#, #"{"active":1}"#, #"{"active":true,"active":false}"#,
            #"{"tokens":[]}"#, #"{"tokens":[{}]}"#, #"{"tokens":[{"active":true},{"active":true}]}"#,
            #"{"tokens":{"0":{"active":true}}}"#, #"{"active":true} "# + String(repeating: " ", count: 70_000),
        ])
    func malformed(body: String) async throws {
        server.answer(everythingWith: body)
        await expect(.introspectionUnavailable, server.verifier(server.single))
        await expect(.introspectionUnavailable, server.verifier(server.batch))
    }

    @Test("a claim of another type, another issuer or another kind of token is refused")
    func claims() async throws {
        let cases: [(KeyValuePairs<String, JSONValue?>, TokenVerifier.Failure)] = [
            (["iss": .string(Issuer.url + "/")], .wrongIssuer), (["iss": nil], .invalidClaim("iss")),
            (["token_type": .string("refresh_token")], .invalidClaim("token_type")),
            (["sub": nil], .invalidClaim("sub")), (["org": nil], .invalidClaim("org")),
            (["scope": .array([])], .invalidClaim("scope")), (["exp": .string("1")], .invalidClaim("exp")),
            (["exp": .integer(Issuer.now.seconds - 30)], .expired(Issuer.now - .seconds(30))),
            (["resources": .array([])], .invalidClaim("resources")),
            (["resources": .object(["projects": .string("prj_1")])], .invalidClaim("resources")),
        ]
        for (number, (changes, failure)) in cases.enumerated() {
            let token = IntrospectionServer.token(number)
            server.know(token, IntrospectionServer.good(changes))
            await expect(failure, server.verifier(server.single), token)
        }
    }

    @Test("a JWT with restrictions is asked in the same way, and refused when they cannot be read")
    func accessToken() async throws {
        let issuer = try Issuer()
        let confined = try await issuer.verifier.verify(
            issuer.token(["resources": .object(["projects": .array([.string("prj_1")])])]), at: Issuer.now)
        #expect(confined.kind == .accessToken)
        #expect(confined.allows("projects", "prj_1") && !confined.allows("projects", "prj_2"))
        let free = try await issuer.verifier.verify(issuer.token(), at: Issuer.now)
        #expect(free.resources == nil && free.allows("projects", "prj_2"))
        await #expect(throws: TokenVerifier.Failure.invalidClaim("resources")) {
            try await issuer.verifier.verify(issuer.token(["resources": .string("all")]), at: Issuer.now)
        }
    }
}
