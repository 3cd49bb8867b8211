import AsyncHTTPClient
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LatchkeyHummingbird
import Logging
import NIOCore
import Synchronization
import Testing

@Suite("An issuer reached over HTTP")
struct LatchkeyIssuerTests {
    private let issuer: TestIssuer
    private let site: Site

    init() throws {
        issuer = try TestIssuer()
        site = Site()
    }

    /// What the issuer was asked, and how it answers.
    private final class Site: Sendable {
        struct State {
            var asked: [String] = []
            var authorizations: [String] = []
            var revoked: [String] = []
            var status = HTTPResponse.Status.ok
            /// Whether it speaks as the address at which it is, rather than as the issuer of the tests.
            var isItself = false
        }

        private let state = Mutex(State())

        var asked: [String] { state.withLock(\.asked) }
        var authorizations: [String] { state.withLock(\.authorizations) }
        var status: HTTPResponse.Status {
            get { state.withLock(\.status) }
            set { state.withLock { $0.status = newValue } }
        }
        var revoked: [String] {
            get { state.withLock(\.revoked) }
            set { state.withLock { $0.revoked = newValue } }
        }

        func speakAsItself() { state.withLock { $0.isItself = true } }

        func issuer(_ request: Request) -> String {
            state.withLock(\.isItself) ? "http://\(request.head.authority ?? "")" : TestIssuer.url
        }

        func note(_ request: Request, _ body: String) {
            state.withLock { state in
                state.asked.append("\(request.method) \(request.uri.string) \(body)")
                if let authorization = request.headers[.authorization] { state.authorizations.append(authorization) }
            }
        }
    }

    /// Serves an issuer on this machine, and hands the test its URL.
    private func served<Value: Sendable>(
        _ test: @escaping @Sendable (String) async throws -> Value
    ) async throws -> Value {
        let router = Router()
        let (issuer, site) = (issuer, site)
        router.get(".well-known/jwks.json") { request, _ in
            site.note(request, "")
            return Response(
                status: site.status, headers: [.contentType: "application/json", .cacheControl: "max-age=300"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: issuer.keySet.serialized())))
        }
        router.get(".well-known/revocations") { request, _ in
            site.note(request, "")
            let since = request.uri.queryParameters["since"].map(String.init) ?? ""
            return ByteBuffer(
                bytes: try issuer.revocations(site.revoked, since: since, issuer: site.issuer(request)))
        }
        router.post("oauth/introspect") { request, _ in
            let body = String(buffer: try await request.body.collect(upTo: 1_000_000))
            site.note(request, body)
            let answer = TestIssuer.introspected(["iss": .string(site.issuer(request))])
            let one = String(decoding: answer, as: UTF8.self)
            let text = body.hasPrefix("{") ? "{\"tokens\":[\(one)]}" : one
            return Response(
                status: site.status, headers: [.location: "/elsewhere"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        }
        router.post("elsewhere") { request, _ in
            site.note(request, String(buffer: try await request.body.collect(upTo: 1_000_000)))
            return ByteBuffer(bytes: TestIssuer.introspected())
        }
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)))
        return try await application.test(.live) { client async throws in
            let port = try #require(client.port)
            return try await test("http://127.0.0.1:\(port)")
        }
    }

    private static let credentials = LatchkeyIssuer.Credentials(id: "res_1", secret: "lkcs_s")

    @Test("the keys are fetched once, and a JWT is verified with them")
    func keys() async throws {
        let token = try issuer.token(["exp": .integer(Instant.now.seconds + 600), "iat": .integer(1)])
        try await served { [site] url in
            let connection = try LatchkeyIssuer(url)
            let verifier = TokenVerifier(
                issuer: TestIssuer.url, audience: TestIssuer.audience, algorithms: [.es256], keys: connection.keys)
            for _ in 0..<3 { #expect(try await verifier.verify(token, at: .now).subject == "usr_1") }
            #expect(site.asked == ["GET /.well-known/jwks.json "])
        }
    }

    @Test("API tokens are asked about in either form, with the secret of the API and the calls that were answered")
    func introspection() async throws {
        try await served { [issuer, site] url in
            let connection = try LatchkeyIssuer(url, credentials: Self.credentials)
            for asking in [LatchkeyIssuer.Asking.single, .batch] {
                let verifier = issuer.verifier(introspection: connection.introspection(asking))
                let now = Instant.now
                for _ in 0..<3 {
                    #expect(try await verifier.verify(TestIssuer.apiToken, at: now).organizationID == "org_7")
                }
                _ = try await verifier.verify(TestIssuer.apiToken, at: now + Introspection.activeLifetime)
            }
            #expect(
                site.asked == [
                    "POST /oauth/introspect token=\(TestIssuer.apiToken)",
                    "POST /oauth/introspect token=\(TestIssuer.apiToken)&calls=3",
                    #"POST /oauth/introspect {"tokens":["\#(TestIssuer.apiToken)"]}"#,
                    #"POST /oauth/introspect {"tokens":["\#(TestIssuer.apiToken)"],"calls":[3]}"#,
                ])
            #expect(site.authorizations == Array(repeating: "Basic cmVzXzE6bGtjc19z", count: 4))
        }
    }

    @Test("an API without credentials takes no API tokens")
    func withoutCredentials() async throws {
        let verifier = try LatchkeyIssuer("https://id.example.com").verifier(audience: TestIssuer.audience)
        await #expect(throws: TokenVerifier.Failure.apiTokensNotAccepted) {
            try await verifier.verify(TestIssuer.apiToken, at: .now)
        }
    }

    @Test("a redirect is not followed: neither token nor secret goes anywhere else", arguments: [302, 307, 308])
    func redirect(_ status: Int) async throws {
        try await served { [issuer, site] url in
            site.status = HTTPResponse.Status(code: status)
            let connection = try LatchkeyIssuer(url, credentials: Self.credentials)
            let verifier = issuer.verifier(introspection: connection.introspection(.single))
            await #expect(throws: TokenVerifier.Failure.introspectionUnavailable) {
                try await verifier.verify(TestIssuer.apiToken, at: .now)
            }
            #expect(site.asked.count == 1)
        }
    }

    @Test("an issuer that answers with an error, or not at all, is an outage")
    func outage() async throws {
        try await served { [site] url in
            site.status = .internalServerError
            let verifier = try LatchkeyIssuer(url).verifier(audience: TestIssuer.audience, revocations: nil)
            let token = try TestIssuer().token()
            await #expect(throws: TokenVerifier.Failure.keysUnavailable) { try await verifier.verify(token, at: .now) }
        }
        let nobody = try LatchkeyIssuer("http://127.0.0.1:1", timeout: .milliseconds(500))
        let verifier = nobody.verifier(audience: TestIssuer.audience, revocations: nil)
        let token = try issuer.token()
        await #expect(throws: TokenVerifier.Failure.keysUnavailable) { try await verifier.verify(token, at: .now) }
    }

    @Test("a login that was ended is refused as soon as the feed says so, while the service runs")
    func feed() async throws {
        site.revoked = ["grt_1"]
        let now = Instant.now.seconds
        let times: KeyValuePairs<String, JSONValue?> = ["exp": .integer(now + 600), "iat": .integer(now - 60)]
        let ended = try issuer.token(times)
        let living = try issuer.token(["exp": .integer(now + 600), "iat": .integer(now - 60), "sid": .string("grt_2")])
        try await served { [issuer] url in
            let connection = try LatchkeyIssuer(url)
            let verifier = issuer.verifier(revocations: connection.revocations(.closed(after: .seconds(60))))
            let router = TestRouter(context: BasicBearerRequestContext.self)
            router.group().add(middleware: BearerAuthentication(verifier))
                .get("jobs", scope: "jobs:read") { _, _ in "ok" }
            var quiet = Logger(label: "test")
            quiet.logLevel = .critical
            let application = Application(router: router, services: [RevocationFeed(verifier)], logger: quiet)
            try await application.test(.router) { tester async throws in
                let client = TestClient(client: tester)
                var answer = try await client.get("/jobs", bearer: living)
                // Closed: 503 until the feed was heard first.
                while answer.status == 503 {
                    try await Task.sleep(for: .milliseconds(5))
                    answer = try await client.get("/jobs", bearer: living)
                }
                #expect(answer.status == 200)
                let refused = try await client.get("/jobs", bearer: ended)
                #expect(refused.status == 401)
                #expect(refused.string("error", "message") == TokenVerifier.Failure.revoked.message)
            }
        }
    }

    @Test("the lines of the README are an API that takes JWTs and API tokens, and hears of revocations")
    func readme() async throws {
        site.speakAsItself()
        site.revoked = ["grt_9"]
        try await served { [tokens = issuer] url in
            let times: KeyValuePairs<String, JSONValue?> = [
                "iss": .string(url), "exp": .integer(Instant.now.seconds + 600), "iat": .integer(1),
            ]
            let jwt = try tokens.token(times)

            let issuer = try LatchkeyIssuer(url, credentials: .init(id: "res_1", secret: "lkcs_s"))
            let verifier = issuer.verifier(audience: "https://api.example.com")
            let router = Router(context: BasicBearerRequestContext.self)
            router.group("/api/v1").add(middleware: BearerAuthentication(verifier))
                .get("jobs", scope: "jobs:read") { request, context in
                    "\(context.token.subject) in \(context.tenant)"
                }
            let application = Application(router: router, services: [RevocationFeed(verifier)])
            try await application.test(.live) { tester async throws in
                let client = TestClient(client: tester)
                while try await client.get("/api/v1/jobs", bearer: jwt).status == 503 {
                    try await Task.sleep(for: .milliseconds(5))
                }
                #expect(try await client.get("/api/v1/jobs", bearer: jwt).text == "usr_1 in org_1")
                #expect(try await client.get("/api/v1/jobs", bearer: TestIssuer.apiToken).text == "tok_1 in org_7")
                #expect(try await client.get("/api/v1/jobs").status == 401)
            }
        }
    }

    @Test("a feed of a verifier that follows nothing runs until the server ends, and ends with it")
    func idle() async throws {
        let router = TestRouter(context: BasicBearerRequestContext.self)
        router.get("x") { _, _ in "ok" }
        let application = Application(router: router, services: [RevocationFeed(issuer.verifier())])
        try await application.test(.router) { tester async throws in
            #expect(try await TestClient(client: tester).get("/x").status == 200)
        }
    }

    @Test(
        "what is no issuer's address is refused with the next step",
        arguments: [
            "", "id.example.com", "http://id.example.com", "https://id.example.com/", "https://id.example.com?x",
        ])
    func invalid(_ url: String) {
        #expect(throws: LatchkeyIssuer.InvalidURL.self) { try LatchkeyIssuer(url) }
    }
}
