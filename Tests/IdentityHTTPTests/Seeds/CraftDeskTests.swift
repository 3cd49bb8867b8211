import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

/// What CraftDesk's users were promised of API keys (seed 003), sentence by sentence.
///
/// "The key appears only once" and "rename keys" are in `APITokensAPITests.life`; zero downtime during rotation in
/// `.rotation`; "generate a new key, revoke the old key" in `CalKeepTests.rotation`.
@Suite("CraftDesk (seed 003)")
struct CraftDeskTests {
    @Test("full access is what its creator may do; read-only can only read; both at the resource server")
    func access() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let full = try await server.mint(by: ada).secret
            let readOnly = try await server.mint(#"{"label":"x","access":"read_only"}"#, by: ada).secret
            for scope in ada.scope.split(separator: " ").map(String.init) {
                #expect(try await server.lets(full, do: scope))
                #expect(try await server.lets(readOnly, do: scope) == scope.hasSuffix(":read"), "\(scope)")
            }
        }
    }

    @Test("a key of a creator who may little may as little")
    func creator() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let device = try await server.device(["scope": "projects:read"])
            _ = try await server.browser(signedInAs: "ada@example.org").approve(device)
            let login = try Tokens(try await server.poll(device))
            try await server.put(login, on: .business)
            try await server.prove(login)
            let full = try await server.mint(by: login).secret
            #expect(try await server.introspect(full)["scope"]?.string == "projects:read")
        }
    }

    @Test("custom scope: read-only access to a specific project, and nothing of team data")
    func custom() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let secret = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["projects:read"],"resources":{"projects":["prj_1"]}}"#,
                by: try await server.admin()
            ).secret
            let token = try await server.resourceServer().verify(secret, at: server.now)
            try token.require("projects:read")
            #expect(token.allows("projects", "prj_1") && !token.allows("projects", "prj_2"))
            for scope in ["projects:write", "project_tasks:write", "team:read"] {
                #expect(throws: TokenVerifier.Failure.missingScope(scope)) { try token.require(scope) }
            }
        }
    }

    @Test("custom scope: write access to project tasks only")
    func tasksOnly() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let tasks = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["project_tasks:write"]}"#, by: ada
            ).secret
            for scope in ada.scope.split(separator: " ").map(String.init) {
                #expect(try await server.lets(tasks, do: scope) == (scope == "project_tasks:write"), "\(scope)")
            }
        }
    }

    @Test("all active keys are seen with their creation date and last used date, the unused ones too")
    func list() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let (used, unused) = (try await server.mint(by: ada), try await server.mint(by: ada))
            _ = try await server.get("/api/v1/me", headers: .bearer(try used.secret))
            try await server.provider.apiTokens.flushUses()
            let rows = try #require(try await server.call(.get, "/api/v1/tokens", by: ada).json["tokens"]?.array)
            let byID = Dictionary(
                uniqueKeysWithValues: rows.compactMap(\.object).map { ($0["id"]?.string ?? "", $0) })
            #expect(byID.count == 2)
            for row in byID.values {
                #expect(row["created_at"]?.string != nil && row["status"]?.string == "active")
            }
            #expect(byID[try used.id]?["last_used_at"]?.string != nil)
            #expect(byID[try unused.id]?["last_used_at"] == .null)
        }
    }

    @Test("usage is how many calls each key has made in the current billing period")
    func usage() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let (first, second) = (try await server.mint(by: ada), try await server.mint(by: ada))
            func uses(_ token: MintedToken) async throws -> Int64? {
                try await server.provider.apiTokens.flushUses()
                return try await server.call(.get, token.path + "/usage", by: ada).json["uses_this_period"]?.integer
            }
            for _ in 0..<3 { _ = try await server.get("/api/v1/me", headers: .bearer(try first.secret)) }
            #expect(try await uses(first) == 3)
            #expect(try await uses(second) == 0)
            // Longer than any month, and less than the login may rest.
            let period = BillingPeriod(of: server.now)
            server.site.clock.advance(by: period.end - server.now)
            let next = try Tokens(try await server.refresh(ada.refresh))
            _ = try await server.get("/api/v1/me", headers: .bearer(try first.secret))
            try await server.provider.apiTokens.flushUses()
            let usage = try await server.call(.get, first.path + "/usage", by: next).json
            #expect(usage["uses_this_period"]?.integer == 1)
        }
    }

    @Test("revoked, mistyped or expired keys get 401; a member without the permission cannot make one: 403")
    func troubleshooting() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let token = try await server.mint(by: ada)
            #expect(try await server.call(.delete, token.path, by: ada).status == .noContent)
            for text in [try token.secret, "your_api_key_here", ""] {
                #expect(try await server.get("/api/v1/me", headers: .bearer(text)).status == .unauthorized)
            }
            for role in [Role.member, .viewer] {
                let email = "\(role.rawValue)@example.org"
                let login = try await server.login(email)
                try await server.provider.organizations.join(
                    try ada.organization, try login.user, as: role, at: server.now, from: .server)
                let switched = try Tokens(
                    try await server.post(
                        "/api/v1/auth/switch", json: ["organization": try ada.organization.description],
                        headers: .bearer(login.access)))
                try await server.prove(switched)
                let refused = try await server.mint(by: switched).answer
                #expect(refused.status == .forbidden && refused.error == "forbidden")
            }
        }
    }
}
