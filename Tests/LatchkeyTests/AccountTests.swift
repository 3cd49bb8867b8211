import JOSE
import LatchkeyVerifier
import Testing

@testable import latchkey

@Suite("latchkey whoami and logout", .timeLimit(.minutes(2)))
struct AccountTests {
    private let binary: BuiltBinary
    private var file: CredentialsFile { CredentialsFile(directory: binary.home.path + "/latchkey") }

    init() throws { binary = try BuiltBinary() }

    private func store(at issuer: Issuer) async throws {
        try await file.locked { held in
            var credentials = try held.read()
            credentials[issuer] = Credential(.example, at: .now)
            try held.write(credentials)
        }
    }

    @Test("whoami says who, where, what and until when, as the server knows it")
    func whoami() async throws {
        try await ScriptedServer.run({ _, _ in .json(200, .me) }) { server in
            try await store(at: server.issuer)
            let text = try await binary.run("whoami").output
            for part in ["Ada Lovelace <ada@example.com>", "Demo (demo), owner", "profile jobs:read", "2027-01-01"] {
                #expect(text.contains(part))
            }
            #expect(server.calls.last?.bearer == "access-1")
            let json = try JSONValue.parse(Array(try await binary.run("whoami", "--json").output.utf8)).object
            #expect(json?["email"] == "ada@example.com")
            #expect(json?["issuer"]?.string == server.issuer.description)
        }
    }

    @Test("an access token refused before its time is refreshed once, and if the login is over that is said")
    func refusedToken() async throws {
        try await ScriptedServer.run({ call, before in
            switch call.path {
            case "/api/v1/auth/me": call.bearer == "access-2" ? .json(200, .me) : .json(401, .error("invalid_token"))
            default: before == 0 ? .json(200, .tokens(number: 2)) : .json(400, .error("invalid_grant"))
            }
        }) { server in
            try await store(at: server.issuer)
            #expect(try await binary.run("whoami").status == 0)
            try await store(at: server.issuer)
            let ended = try await binary.run("whoami")
            #expect(ended.status == 1)
            #expect(ended.errors.contains("has ended"))
        }
    }

    @Test("logout ends the login at the server, then forgets it", arguments: [false, true])
    func logout(everywhere: Bool) async throws {
        try await ScriptedServer.run({ _, _ in .empty(204) }) { server in
            try await store(at: server.issuer)
            let outcome = try await binary.run("logout", everywhere ? "--everywhere" : "--json")
            #expect(outcome.status == 0)
            let call = try #require(server.calls.first)
            #expect(call.path == "/api/v1/auth/revoke")
            #expect(call.bearer == "access-1")
            #expect(call.body["everywhere"] == (everywhere ? .bool(true) : nil))
            #expect(try file.read()[server.issuer] == nil)
        }
    }

    @Test("a login that had ended already is forgotten all the same")
    func deadLogout() async throws {
        try await ScriptedServer.run({ call, _ in
            call.path == "/api/v1/auth/revoke"
                ? .json(401, .error("invalid_token")) : .json(400, .error("invalid_grant"))
        }) { server in
            try await store(at: server.issuer)
            let outcome = try await binary.run("logout")
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("already"))
            #expect(try file.read()[server.issuer] == nil)
        }
    }

    @Test("logout everywhere does not claim success when the dead login could not end the others")
    func deadLogoutEverywhere() async throws {
        try await ScriptedServer.run({ call, _ in
            call.path == "/api/v1/auth/revoke"
                ? .json(401, .error("invalid_token")) : .json(400, .error("invalid_grant"))
        }) { server in
            try await store(at: server.issuer)
            let outcome = try await binary.run("logout", "--everywhere")
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("could not end the others"))
        }
    }

    @Test("with the server out of reach the login stays, unless only this machine shall forget it")
    func unreachableLogout() async throws {
        let issuer = try #require(Issuer("http://localhost:1"))
        try await store(at: issuer)
        let outcome = try await binary.run("logout")
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("latchkey logout --local"))
        #expect(try file.read()[issuer] != nil)
        let local = try await binary.run("logout", "--local")
        #expect(local.status == 0)
        #expect(try file.read()[issuer] == nil)
    }

    @Test("logout of one issuer leaves the others")
    func otherIssuers() async throws {
        try await ScriptedServer.run({ _, _ in .empty(204) }) { server in
            let other = try #require(Issuer("https://id.example.com"))
            try await store(at: other)
            try await store(at: server.issuer)
            #expect(try await binary.run("logout", "--issuer", server.issuer.description).status == 0)
            #expect(try file.read()[other] != nil)
        }
    }
}
