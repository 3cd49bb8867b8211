import Foundation
import JOSE
import Testing

@testable import latchkey

@Suite("latchkey login", .timeLimit(.minutes(2)))
struct LoginTests {
    private let binary: BuiltBinary

    init() throws { binary = try BuiltBinary() }

    private static let authorization: JSONObject = [
        "device_code": "device-1", "user_code": "BCDF-GHJK", "verification_uri": "http://localhost/device",
        "verification_uri_complete": "http://localhost/device?user_code=BCDF-GHJK", "expires_in": 600, "interval": 1,
    ]

    /// A server whose person answers as `polls` says, poll for poll; the last answer stands.
    private func server<Result: Sendable>(
        polls: ScriptedServer.Answer..., body: @escaping @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        try await ScriptedServer.run(
            { call, before in
                switch call.path {
                case "/api/v1/auth/device": .json(200, Self.authorization)
                case "/api/v1/auth/token": polls[min(before, polls.count - 1)]
                case "/api/v1/auth/me": .json(200, .me)
                default: .empty(404)
                }
            }, body)
    }

    private func objects(_ outcome: BuiltBinary.Outcome) throws -> [JSONObject] {
        try outcome.lines.map { try #require(try JSONValue.parse(Array($0.utf8)).object) }
    }

    @Test("shows link and code, waits for the approval, stores the login and says who it is")
    func approved() async throws {
        try await server(polls: .json(400, .error("authorization_pending")), .json(200, .tokens(number: 1))) { server in
            let outcome = try await binary.run(
                "login", "--issuer", server.issuer.description, "--scope", "jobs:read", "--organization", "demo",
                "--resource", "https://api.example.com")
            #expect(outcome.status == 0, "\(outcome.errors)")
            for text in [
                "http://localhost/device?user_code=BCDF-GHJK", "BCDF-GHJK", "Logged in as ada@example.com",
                "Demo (demo), owner", "profile jobs:read", "2027-01-01 00:00 UTC", "latchkey whoami",
            ] { #expect(outcome.output.contains(text)) }
            #expect(!outcome.output.contains("\u{1B}"), "no escapes where there is no terminal")
            let asked = try #require(server.calls.first)
            #expect(asked.body["client_id"] == nil)
            #expect(asked.body["scope"] == "jobs:read")
            #expect(asked.body["organization"] == "demo")
            #expect(asked.body["resource"] == "https://api.example.com")
            #expect(server.calls(to: "/api/v1/auth/token").map { $0.body["device_code"] } == ["device-1", "device-1"])
            #expect(try mode(of: binary.credentialsPath) == 0o600)
            #expect(try await binary.run("token").output == "access-1\n")
            #expect(server.calls(to: "/oauth/revoke").isEmpty, "nothing was replaced")
        }
    }

    /// A login where there is one with the tokens `access-1` and `refresh-1`.
    private func again(
        _ arguments: String..., on machine: BuiltBinary, revocation: ScriptedServer.Answer
    ) async throws -> (outcome: BuiltBinary.Outcome, calls: [ScriptedServer.Call]) {
        try await machine.run(["login"] + arguments) { call, _ in
            switch call.path {
            case "/api/v1/auth/device": .json(200, Self.authorization)
            case "/api/v1/auth/token": .json(200, .tokens(number: 2))
            case "/api/v1/auth/me": .json(200, .me)
            case "/oauth/revoke": revocation
            default: .empty(404)
            }
        }
    }

    @Test("gives the refresh token of the login that it replaces back, and says nothing of it")
    func replaces() async throws {
        let (outcome, calls) = try await again(on: binary, revocation: .empty(200))
        #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
        let revocations = calls.filter { $0.path == "/oauth/revoke" }
        #expect(revocations.map { $0.body["token"] } == ["refresh-1"])
        #expect(revocations.first?.body["client_id"] == "latchkey-cli")
        let stored = try String(contentsOfFile: binary.credentialsPath, encoding: .utf8)
        #expect(stored.contains("refresh-2") && !stored.contains("refresh-1") && stored.contains("ada@example.com"))
    }

    @Test("is a login all the same when the one before cannot be ended, and says so in one line with the next step")
    func cannotEndTheOneBefore() async throws {
        for (answer, cause) in [
            (ScriptedServer.Answer.empty(503), "HTTP status 503"),
            (.json(401, ["error": "invalid_client"]), "invalid_client"),
        ] {
            let (outcome, _) = try await again(on: BuiltBinary(), revocation: answer)
            #expect(outcome.status == 0 && outcome.output.contains("Logged in as ada@example.com"))
            #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains(cause) && outcome.errors.contains("/account"), "\(outcome.errors)")
        }
        let (outcome, _) = try await again("--json", on: BuiltBinary(), revocation: .empty(503))
        #expect(try objects(outcome).map { $0["event"] } == ["device_authorization", "logged_in"])
        #expect(outcome.status == 0 && outcome.errors.contains("/account"))
    }

    @Test("with --json says each thing that happens on a line")
    func events() async throws {
        try await server(polls: .json(200, .tokens(number: 1))) { server in
            let outcome = try await binary.run("login", "--json", "--issuer", server.issuer.description)
            let events = try objects(outcome)
            #expect(events.map { $0["event"] } == ["device_authorization", "logged_in"])
            #expect(events.first?["user_code"] == "BCDF-GHJK")
            #expect(events.last?["email"] == "ada@example.com")
            #expect(events.last?["organization"]?.object?["slug"] == "demo")
        }
    }

    @Test(
        "a refusal names the cause and the next step, and stores nothing",
        arguments: [
            ("access_denied", "denied in the browser"), ("expired_token", "expired before"),
            ("invalid_grant", "does not know this code"), ("unauthorized_client", "its operator"),
            ("nonsense", "The server refused: no (nonsense)"),
        ])
    func refused(code: String, cause: String) async throws {
        try await server(polls: .json(400, .error(code))) { server in
            let outcome = try await binary.run("login", "--issuer", server.issuer.description)
            #expect(outcome.status == 1)
            #expect(outcome.errors.lowercased().contains(cause.lowercased()))
            #expect(outcome.errors.split(separator: "\n").count >= 2)
            #expect(!FileManager.default.fileExists(atPath: binary.credentialsPath))
        }
    }

    @Test("scopes the server does not give are refused before anyone waits")
    func invalidScope() async throws {
        try await ScriptedServer.run({ _, _ in .json(400, .error("invalid_scope", "Unknown scope: jobs:own.")) }) {
            server in
            let outcome = try await binary.run("login", "--json", "--issuer", server.issuer.description)
            #expect(outcome.status == 1)
            let error = try objects(outcome).last?["error"]?.object
            #expect(error?["code"] == "invalid_scope")
            #expect(error?["message"]?.string?.contains("jobs:own") == true)
        }
    }

    @Test("a server that fails for a moment does not end the waiting")
    func recovers() async throws {
        try await server(polls: .empty(503), .json(200, .tokens(number: 1))) { server in
            let outcome = try await binary.run("login", "--json", "--issuer", server.issuer.description)
            #expect(outcome.status == 0)
            #expect(try objects(outcome).map { $0["event"] } == ["device_authorization", "unreachable", "logged_in"])
        }
    }

    @Test("Ctrl-C ends it by that signal, with a last word and nothing stored")
    func interrupted() async throws {
        let (polled, poll) = AsyncStream.makeStream(of: Void.self)
        try await ScriptedServer.run({ call, _ in
            guard call.path == "/api/v1/auth/token" else { return .json(200, Self.authorization) }
            poll.finish()
            return .json(400, .error("authorization_pending"))
        }) { server in
            let run = try binary.start(["login", "--issuer", server.issuer.description])
            for await _ in polled {}
            run.interrupt()
            let outcome = try await run.outcome()
            #expect(outcome.end == .signalled(SIGINT))
            #expect(outcome.errors.contains("Nothing was stored"))
            #expect(!FileManager.default.fileExists(atPath: binary.credentialsPath))
        }
    }

    @Test("a credentials file that cannot be used is said before anyone is asked to approve")
    func corruptCredentials() async throws {
        try await server(polls: .json(200, .tokens(number: 1))) { server in
            try PrivateFile.makeDirectory(binary.home.path + "/latchkey")
            try binary.home.write("{", to: "latchkey/credentials.json")
            let outcome = try await binary.run("login", "--issuer", server.issuer.description)
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("is not what latchkey wrote"))
            #expect(server.calls.isEmpty)
        }
    }
}
