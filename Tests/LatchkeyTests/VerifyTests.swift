import JOSE
import LatchkeyVerifier
import Testing

@testable import latchkey

@Suite("latchkey verify", .timeLimit(.minutes(2)))
struct VerifyTests {
    private let binary: BuiltBinary
    private let key: SigningKey
    private let audience = "https://api.example.com"

    init() throws {
        binary = try BuiltBinary()
        key = try SigningKey.generate(.es256)
    }

    private func token(issuer: String, _ changes: [String: JSONValue] = [:]) throws -> String {
        let now = Instant.now.seconds
        var claims: JSONObject = [
            "iss": .string(issuer), "sub": "usr_1", "aud": .string(audience), "client_id": "latchkey-cli",
            "exp": .integer(now + 600), "iat": .integer(now), "jti": "t1", "scope": "jobs:read", "sid": "grt_1",
            "org": "org_1",
        ]
        for (name, value) in changes { claims[name] = value }
        return try key.token(type: "at+jwt", claims: JSONValue.object(claims).serialized())
    }

    private func serving<Result: Sendable>(
        _ body: @escaping @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let keys = try #require(try JSONValue.parse(JSONWebKeySet([key.publicKey]).serialized()).object)
        return try await ScriptedServer.run(
            { call, _ in call.path == "/.well-known/jwks.json" ? .json(200, keys) : .empty(404) }, body)
    }

    @Test("prints the claims of a good token", arguments: [[], ["--json"], ["--scope", "jobs:read"]])
    func good(arguments: [String]) async throws {
        try await serving { server in
            let issuer = server.issuer.description
            let run = try binary.start(
                ["verify", token(issuer: issuer), "--issuer", issuer, "--audience", audience] + arguments)
            let outcome = try await run.outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try JSONValue.parse(Array(outcome.output.utf8)).object?["sub"] == "usr_1")
        }
    }

    @Test("reads the token from standard input for -")
    func standardInput() async throws {
        try await serving { server in
            let issuer = server.issuer.description
            let outcome = try await binary.run(
                "verify", "-", "--issuer", issuer, "--audience", audience, input: token(issuer: issuer) + "\n")
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
    }

    @Test("refuses with exit 1 and the reason")
    func refused() async throws {
        try await serving { server in
            let issuer = server.issuer.description
            let good = try token(issuer: issuer)
            let cases: [(token: String, more: [String], reason: String)] = [
                ("x.y", [], "malformed"), (good + "=", [], "malformed"),
                (String(good.dropLast(4)) + "AAAA", [], "invalid_signature"),
                (try token(issuer: issuer, ["exp": .integer(1)]), [], "expired"),
                (try token(issuer: issuer, ["aud": "https://other.example.com"]), [], "wrong_audience"),
                (try token(issuer: "https://other.example.com"), [], "wrong_issuer"),
                (good, ["--scope", "jobs:read", "--scope", "jobs:write"], "missing_scope"),
                (good, ["--scope", "jobs:read jobs:write"], "missing_scope"),
                (try key.token(type: "JWT", claims: [UInt8]("{}".utf8)), [], "not_an_access_token"),
            ]
            for refused in cases {
                let run = try binary.start(
                    ["verify", refused.token, "--issuer", issuer, "--audience", audience, "--json"] + refused.more)
                let outcome = try await run.outcome()
                #expect(outcome.status == 1)
                let error = try JSONValue.parse(Array(outcome.output.utf8)).object?["error"]?.object
                #expect(error?["code"]?.string == refused.reason)
            }
        }
    }

    @Test("with a key file asks nobody, and takes the issuer those keys belong to unless one is named")
    func keyFile() async throws {
        let set = JSONWebKeySet([key.publicKey]).serialized()
        try binary.home.write(String(decoding: set, as: UTF8.self), to: "jwks.json")
        let path = binary.home.path + "/jwks.json"
        let token = try token(issuer: "https://id.example.com")
        #expect(try await binary.run("verify", token, "--jwks", path, "--audience", audience).status == 0)
        let other = try await binary.run(
            "verify", token, "--jwks", path, "--audience", audience, "--issuer", "https://other.example.com")
        #expect(other.status == 1)
        #expect(try await binary.run("verify", token, "--jwks", "/nowhere", "--audience", audience).status == 2)
    }

    @Test("keys that cannot be fetched are the server's fault: exit 3")
    func unreachable() async throws {
        let outcome = try await binary.run(
            "verify", token(issuer: "http://localhost:1"), "--issuer", "http://localhost:1", "--audience", audience)
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("nothing listens there"))
    }
}
