import Hummingbird
import LatchkeyHummingbird

/// An API whose one route asks for a scope: what LatchkeyHummingbird costs beside a route that does nothing.
@main
enum ScopedRoute {
    private static let issuer = "https://id.example.com"
    private static let audience = "https://api.example.com"
    /// Twice as many as a verifier remembers: asked in turn, each is one that it has not seen, or no longer knows.
    private static let tokenCount = 20_000

    static func main() async throws {
        let port = CommandLine.arguments.dropFirst().first.flatMap(Int.init) ?? 8082
        let key = try SigningKey.generate(.es256)
        let verifier = TokenVerifier(
            issuer: issuer, audience: audience, algorithms: [.es256], keys: .fixed(JSONWebKeySet([key.publicKey])),
            introspection: .single { _ in good })
        let router = Router(context: BasicBearerRequestContext.self)
        router.get("/") { _, _ in "ok" }
        router.get("tokens") { _, _ in
            try (0..<tokenCount).map { try token(number: $0, key) }.joined(separator: "\n")
        }
        router.group("/api/v1").add(middleware: BearerAuthentication(verifier))
            .get("jobs", scope: "jobs:read") { _, _ in "ok" }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil))
        try await application.runService()
    }

    private static func token(number: Int, _ key: SigningKey) throws -> String {
        let now = Instant.now.seconds
        var claims = JSONWriter()
        claims.beginObject()
        claims.member("iss", issuer)
        claims.member("sub", "usr_0000000000001")
        claims.member("aud", audience)
        claims.member("client_id", "latchkey-cli")
        claims.member("exp", now + 14_400)
        claims.member("iat", now)
        claims.member("jti", "jti-\(number)")
        claims.member("scope", "jobs:read jobs:write documents:read")
        claims.member("auth_time", now)
        claims.member("amr", ["email"])
        claims.member("sid", "grt_0000000000001")
        claims.member("org", "org_0000000000001")
        claims.endObject()
        return try key.token(type: "at+jwt", claims: claims.bytes)
    }

    /// What the issuer says of every API token.
    private static let good: [UInt8] = {
        var answer = JSONWriter()
        answer.beginObject()
        answer.member("active", true)
        answer.member("token_type", "Bearer")
        answer.member("iss", issuer)
        for name in ["sub", "client_id", "sid"] { answer.member(name, "tok_0000000000001") }
        answer.member("scope", "jobs:read")
        answer.member("iat", 1_790_000_000)
        answer.member("org", "org_0000000000001")
        answer.endObject()
        return answer.bytes
    }()
}
