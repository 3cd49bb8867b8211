import HTTPTypes
import Identity
import JOSE
import Testing

/// What a refresh answers, in both dialects, and when an answer is given again.
struct RefreshTokenTests {
    @Test("both dialects answer all members of RFC 6749 §5.1, and nothing keeps them")
    func shapes() async throws {
        try await withServer { server in
            let login = try await server.login()
            let json = try await server.refresh(login.refresh)
            let form = try await server.refresh(try json.string("refresh_token"), as: Client.commandLine)
            for answer in [json, form] {
                #expect(answer.status == .ok)
                #expect(answer.headers[.contentType] == "application/json")
                #expect(answer.headers[.cacheControl] == "no-store")
                let members = try answer.json.members.map(\.name).sorted()
                #expect(members == ["access_token", "expires_in", "refresh_token", "scope", "token_type"])
                #expect(try answer.string("token_type") == "Bearer")
                #expect(try answer.json["expires_in"]?.integer == 14_400)
                #expect(try answer.string("scope") == login.scope)
                #expect(try answer.string("refresh_token").hasPrefix("lkr_"))
            }
            #expect(try await server.generation(login.grant) == 3)
        }
    }

    @Test("the same call with the same Idempotency-Key within a minute gets the same successor again")
    func repeatedCall() async throws {
        try await withServer { server in
            let login = try await server.login()
            let first = try Tokens(try await server.refresh(login.refresh, idempotencyKey: "once"))
            server.site.clock.advance(by: .seconds(55))
            let second = try Tokens(try await server.refresh(login.refresh, idempotencyKey: "once"))
            #expect(first.refresh == second.refresh)
            #expect(try await server.generation(login.grant) == 2)
            #expect(try await server.events(.refreshTokenRepeated) == 1)
            #expect(try await server.refresh(second.refresh).status == .ok)
        }
    }

    @Test("fifty of the same call at once all get the one successor")
    func repeatedCallsAtOnce() async throws {
        try await withServer { server in
            let login = try await server.login()
            let answers = try await race(50) { try await server.refresh(login.refresh, idempotencyKey: "once") }
            #expect(Set(try answers.map { try Tokens($0).refresh }).count == 1)
            #expect(try await server.generation(login.grant) == 2)
            #expect(try await server.revocation(login.grant) == nil)
        }
    }

    @Test("another key, no key, the right key a minute later, or after the successor was used: the grant is over")
    func notRepeated() async throws {
        try await withServer { server in
            for (key, wait, isUsed) in [
                ("other", 0, false), (nil, 0, false), ("once", 61, false), ("once", 0, true), ("Once", 0, false),
            ] as [(String?, Int, Bool)] {
                let login = try await server.login()
                let next = try Tokens(try await server.refresh(login.refresh, idempotencyKey: "once"))
                if isUsed { _ = try Tokens(try await server.refresh(next.refresh)) }
                server.site.clock.advance(by: .seconds(wait))
                let again = try await server.refresh(login.refresh, idempotencyKey: key)
                #expect(again.status == .badRequest && again.error == "invalid_grant", "\(key ?? "") \(wait)")
                #expect(try await server.revocation(login.grant) == "reuse")
            }
        }
    }

    @Test("a token refreshed without a key is not given again to whoever brings one")
    func keyAfterwards() async throws {
        try await withServer { server in
            let login = try await server.login()
            _ = try Tokens(try await server.refresh(login.refresh))
            #expect(try await server.refresh(login.refresh, idempotencyKey: "mine").error == "invalid_grant")
            #expect(try await server.revocation(login.grant) == "reuse")
        }
    }

    @Test("an Idempotency-Key has 1 to 255 characters; with another the token is not spent")
    func keyLength() async throws {
        try await withServer { server in
            let login = try await server.login()
            for key in ["", String(repeating: "k", count: 256)] {
                let answer = try await server.refresh(login.refresh, idempotencyKey: key)
                #expect(answer.status == .badRequest && answer.error == "invalid_request")
            }
            let longest = String(repeating: "k", count: 255)
            #expect(try await server.refresh(login.refresh, idempotencyKey: longest).status == .ok)
        }
    }

    @Test("a client with a leeway is answered again within it, and only while the successor is unused")
    func leeway() async throws {
        try await withServer { server in
            try await server.register("roomy") { $0.refreshReuseLeeway = .seconds(10) }
            let mail = try await server.magicLinkOf(client: "roomy")
            let login = try Tokens(try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token]))
            let first = try Tokens(try await server.refresh(login.refresh))
            let again = try Tokens(try await server.refresh(login.refresh))
            #expect(first.refresh == again.refresh)
            server.site.clock.advance(by: .seconds(11))
            #expect(try await server.refresh(login.refresh).error == "invalid_grant")
            #expect(try await server.revocation(login.grant) == "reuse")
        }
    }

    @Test("fewer scopes are for one access token; more, or another resource, are refused and spend nothing")
    func scopes() async throws {
        try await withServer { server in
            let login = try await server.login()
            for (name, value, error) in [
                ("scope", "admin:everything", "invalid_scope"), ("scope", "jobs:read admin:all", "invalid_scope"),
                ("scope", "jobs:read\"", "invalid_scope"),
                ("resource", "https://api.crewkeel.example", "invalid_target"),
                ("resource", "https://id.example.com/", "invalid_target"),
            ] {
                let answer = try await server.post(
                    "/oauth/token",
                    form: [
                        "grant_type": "refresh_token", "refresh_token": login.refresh,
                        "client_id": Client.commandLine, name: value,
                    ])
                #expect(answer.status == .badRequest && answer.error == error, "\(value)")
            }
            #expect(try await server.generation(login.grant) == 1)
            let narrow = try Tokens(
                try await server.post(
                    "/api/v1/auth/refresh", json: ["refresh_token": login.refresh, "scope": "jobs:read"]))
            #expect(narrow.scope == "jobs:read")
            #expect(try narrow.claims["scope"]?.string == "jobs:read")
            let wide = try Tokens(try await server.refresh(narrow.refresh))
            #expect(wide.scope == login.scope)
        }
    }
}
