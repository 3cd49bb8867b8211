import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md, "Refresh tokens": what a login stands on is asked again at every refresh (CVE-2026-43983, CVE-2023-22492).
struct RefreshStandingTests {
    @Test("a disabled user gets no tokens; enabled again, the token is still unspent")
    func disabledUser() async throws {
        try await withServer { server in
            let login = try await server.login()
            try await server.provider.users.setDisabled(true, login.user, at: server.now, from: .server)
            let refused = try await server.refresh(login.refresh)
            #expect(refused.status == .badRequest && refused.error == "invalid_grant")
            let body = try refused.json
            #expect(body["access_token"] == nil)
            #expect(try await server.generation(login.grant) == 1)

            try await server.provider.users.setDisabled(false, login.user, at: server.now, from: .server)
            #expect(try await server.refresh(login.refresh).status == .ok)
        }
    }

    @Test("a user who left the organization gets no tokens for it")
    func formerMember() async throws {
        try await withServer { server in
            let login = try await server.login()
            try await server.loseMemberships(try login.user)
            #expect(try await server.refresh(login.refresh).error == "invalid_grant")
            #expect(try await server.me(login.access).status == .unauthorized)
            #expect(try await server.generation(login.grant) == 1)
        }
    }

    @Test("a scope that was taken from the client or the catalog is in no further token")
    func withdrawnScope() async throws {
        try await withServer { server in
            try await server.register("narrowing") { $0.scopes = ScopeSet(["jobs:read", "jobs:write"]) }
            let mail = try await server.magicLinkOf(client: "narrowing")
            let login = try Tokens(try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token]))
            #expect(login.scope == "jobs:read jobs:write")

            try await server.register("narrowing") { $0.scopes = ScopeSet(["jobs:read"]) }
            #expect(try await server.refresh(login.refresh).error == "invalid_grant")
            #expect(try await server.generation(login.grant) == 1)
        }
    }

    @Test("a disabled client's tokens are refused, whether or not the request names it")
    func disabledClient() async throws {
        try await withServer { server in
            let client = try await server.register("gone")
            let mail = try await server.magicLinkOf(client: "gone")
            let login = try Tokens(try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token]))
            try await server.provider.clients.setDisabled(true, client, at: server.now, from: .server)

            #expect(try await server.refresh(login.refresh).error == "invalid_grant")
            let named = try await server.refresh(login.refresh, as: "gone")
            #expect(named.status == .unauthorized && named.error == "invalid_client")
            #expect(try await server.me(login.access).status == .unauthorized)
        }
    }

    @Test("a login unused for 30 days is over, and one in use is over after a year")
    func lifetimes() async throws {
        try await withServer { server in
            let idle = try await server.login()
            var used = try await server.login()
            server.site.clock.advance(by: .seconds(29 * 86_400))
            used = try Tokens(try await server.refresh(used.refresh))
            server.site.clock.advance(by: .seconds(2 * 86_400))
            #expect(try await server.refresh(idle.refresh).error == "invalid_grant")
            for _ in 0..<12 {
                used = try Tokens(try await server.refresh(used.refresh))
                server.site.clock.advance(by: .seconds(27 * 86_400))
            }
            server.site.clock.advance(by: .seconds(20 * 86_400))
            let last = try await server.refresh(used.refresh)
            #expect(last.error == "invalid_grant")
        }
    }

    @Test("a scope that is gone from the catalog is in no further token, on another node too")
    func scopeGoneFromCatalog() async throws {
        let site = try TestSite()
        try await site.run { first in
            try await site.run { second in
                let login = try await first.login()
                let next = try Tokens(try await second.refresh(login.refresh))
                try await first.provider.resourceServers.declare(
                    ResourceServer(identifier: "https://api.crewkeel.example", name: "CrewKeel", scopes: []),
                    at: first.now)
                #expect(try await second.refresh(next.refresh).error == "invalid_grant")
                #expect(try await first.refresh(next.refresh).error == "invalid_grant")
                #expect(try await second.me(next.access).status == .unauthorized)
                #expect(try await first.generation(login.grant) == 2)
            }
        }
    }

    @Test("a login that its user ended on the account page gives no more tokens, and the audit knows")
    func withdrawnConsent() async throws {
        try await withServer { server in
            let (first, second) = (try await server.login(), try await server.login())
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let ended = try await browser.post("/account/grants/revoke", ["id": first.grant.description])
            #expect(ended.status == .seeOther)
            #expect(try await server.refresh(first.refresh).error == "invalid_grant")
            #expect(try await server.me(first.access).status == .unauthorized)
            #expect(try await server.events(.grantRevoked) == 1)
            #expect(try await server.refresh(second.refresh).status == .ok)
        }
    }
}
