import Foundation
import JOSE
import LatchkeyVerifier
import Synchronization
import Testing

@testable import latchkey

@Suite("latchkey token", .timeLimit(.minutes(2)))
struct TokenTests {
    private let binary: BuiltBinary

    init() throws { binary = try BuiltBinary() }

    /// Stores a login whose access token lives for so many more seconds.
    private func store(expiresIn seconds: Int64, at issuer: Issuer) async throws {
        var credential = Credential(.example(number: 1, expiresIn: seconds), at: .now)
        credential.account = Credential.Account(email: "ada@example.com", organization: "demo")
        let stored = credential
        try await CredentialsFile(directory: binary.home.path + "/latchkey").locked { held in
            var credentials = try held.read()
            credentials[issuer] = stored
            try held.write(credentials)
        }
    }

    private func stored(at issuer: Issuer) throws -> Credential? {
        try CredentialsFile(directory: binary.home.path + "/latchkey").read()[issuer]
    }

    @Test("prints a token that has a minute left without asking the server")
    func stillValid() async throws {
        let issuer = try #require(Issuer("http://localhost:1"))
        try await store(expiresIn: 120, at: issuer)
        let outcome = try await binary.run("token")
        #expect(outcome.status == 0)
        #expect(outcome.output == "access-1\n")
        #expect(outcome.errors.isEmpty)
    }

    @Test("refreshes a token that is about to expire, under an idempotency key, and stores the successor")
    func refreshes() async throws {
        try await ScriptedServer.run({ _, _ in .json(200, .tokens(number: 2)) }) { server in
            try await store(expiresIn: 30, at: server.issuer)
            let outcome = try await binary.run("token", "--json")
            #expect(outcome.status == 0)
            let json = try JSONValue.parse(Array(outcome.output.utf8)).object
            #expect(json?["access_token"]?.string == "access-2")
            #expect(json?["issuer"]?.string == server.issuer.description)
            let call = try #require(server.calls.first)
            #expect(server.calls.count == 1)
            #expect(call.path == "/api/v1/auth/refresh")
            #expect(call.body["refresh_token"]?.string == "refresh-1")
            #expect(call.idempotencyKey?.isEmpty == false)
            #expect(call.userAgent?.hasPrefix("latchkey-cli/") == true)
            let tokens = try stored(at: server.issuer)?.tokens
            #expect(tokens?.refreshToken == "refresh-2")
            #expect(tokens?.pendingRefresh == nil)
        }
    }

    @Test("fifty at once make one refresh and print the same token")
    func fiftyAtOnce() async throws {
        try await ScriptedServer.run({ call, before in
            call.body["refresh_token"]?.string == "refresh-1" && before == 0
                ? .json(200, .tokens(number: 2)) : .json(400, .error("invalid_grant"))
        }) { server in
            try await store(expiresIn: 0, at: server.issuer)
            let runs = try (0..<50).map { _ in try binary.start(["token"]) }
            for run in runs {
                let outcome = try await run.outcome()
                #expect(outcome.status == 0, "\(outcome.errors)")
                #expect(outcome.output == "access-2\n")
            }
            #expect(server.calls.count == 1)
        }
    }

    @Test("after a crash in the middle of a refresh the next run asks again under the same key")
    func crash() async throws {
        let (arrived, arrival) = AsyncStream.makeStream(of: Void.self)
        let (over, end) = AsyncStream.makeStream(of: Void.self)
        try await ScriptedServer.run({ _, before in
            guard before == 0 else { return .json(200, .tokens(number: 2)) }
            arrival.finish()
            return .never { for await _ in over {} }
        }) { server in
            try await store(expiresIn: 0, at: server.issuer)
            let run = try binary.start(["token"])
            for await _ in arrived {}
            run.kill()
            _ = try await run.outcome()
            end.finish()
            let outcome = try await binary.run("token")
            #expect(outcome.output == "access-2\n")
            let calls = server.calls
            #expect(calls.count == 2)
            #expect(calls[0].idempotencyKey == calls[1].idempotencyKey)
            #expect(calls[0].body == calls[1].body)
        }
    }

    @Test("a server in trouble changes nothing: exit 3, and the same key the next time")
    func unavailable() async throws {
        try await ScriptedServer.run({ _, before in
            before == 0 ? .empty(503) : .json(200, .tokens(number: 2))
        }) { server in
            try await store(expiresIn: 0, at: server.issuer)
            let failed = try await binary.run("token")
            #expect(failed.status == 3)
            #expect(failed.output.isEmpty)
            #expect(try await binary.run("token").output == "access-2\n")
            #expect(Set(server.calls.map(\.idempotencyKey)).count == 1)
        }
    }

    @Test("a login that has ended says so, says what to do, and is not tried again")
    func ended() async throws {
        try await ScriptedServer.run({ _, _ in .json(400, .error("invalid_grant")) }) { server in
            try await store(expiresIn: 0, at: server.issuer)
            for _ in 0..<2 {
                let outcome = try await binary.run("token")
                #expect(outcome.status == 1)
                #expect(outcome.output.isEmpty)
                #expect(outcome.errors.contains("ada@example.com"))
                #expect(outcome.errors.contains("latchkey login --issuer \(server.issuer)"))
            }
            #expect(server.calls.count == 1)
            #expect(try stored(at: server.issuer)?.tokens == nil)
        }
    }

    @Test("a server that is not Latchkey is named, and nothing is lost")
    func foreignServer() async throws {
        try await ScriptedServer.run({ _, _ in .text(200, "<html>") }) { server in
            try await store(expiresIn: 0, at: server.issuer)
            let outcome = try await binary.run("token")
            #expect(outcome.status == 3)
            #expect(outcome.errors.contains("does not answer as a Latchkey server"))
            #expect(try stored(at: server.issuer)?.tokens?.refreshToken == "refresh-1")
        }
    }

    @Test("nobody logged in is refused with the next step")
    func notLoggedIn() async throws {
        let outcome = try await binary.run("token", "--json", "--issuer", "https://id.example.com")
        #expect(outcome.status == 1)
        let error = try JSONValue.parse(Array(outcome.output.utf8)).object?["error"]?.object
        #expect(error?["code"]?.string == "not_logged_in")
        #expect(error?["next"]?.string == "Log in with: latchkey login --issuer https://id.example.com")
    }
}
