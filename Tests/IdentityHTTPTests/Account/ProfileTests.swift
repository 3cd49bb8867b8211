import HTTPTypes
import Identity
import JOSE
import Testing

/// The calls of a login about itself: shapes, tenants, and what a token can be turned into.
struct ProfileTests {
    private func members(_ object: JSONObject?) -> [String] {
        (object?.members ?? []).map(\.name).sorted()
    }

    @Test("/me answers who, where and until when")
    func me() async throws {
        try await withServer { server in
            let login = try await server.login("Ada.Lovelace@example.org")
            let answer = try await server.me(login.access)
            #expect(answer.status == .ok)
            let json = try answer.json
            #expect(members(json) == ["created_at", "email", "id", "name", "organization", "scopes", "session"])
            #expect(json["id"]?.string == (try login.user.description))
            #expect(json["email"]?.string == "Ada.Lovelace@example.org")
            #expect(members(json["organization"]?.object) == ["id", "name", "role", "slug"])
            #expect(json["organization"]?.object?["role"]?.string == "owner")
            #expect(members(json["session"]?.object) == ["amr", "auth_time", "expires_at"])
            #expect(json["session"]?.object?["amr"]?.strings == ["email"])
            #expect(json["scopes"]?.strings?.joined(separator: " ") == login.scope)
            let created = try #require(json["created_at"]?.string)
            #expect(Instant(iso8601: created) != nil)
        }
    }

    @Test("a name of no, 101 or control characters is refused and named; others are kept as they are")
    func rename() async throws {
        try await withServer { server in
            let login = try await server.login()
            func rename(_ json: String) async throws -> Answer {
                try await server.send(
                    .patch, "/api/v1/auth/me", headers: .bearer(login.access), body: Array(json.utf8))
            }
            let long = String(repeating: "x", count: 101)
            for json in [
                #"{"name":""}"#, #"{"name":"  "}"#, #"{"name":"\#(long)"}"#, #"{"name":"a\nb"}"#,
                #"{"name":"a\u0000"}"#,
                #"{"name":"a\u009bb"}"#, #"{"name":1}"#, #"{"name":["x"]}"#, #"{"name":{}}"#,
            ] {
                let answer = try await rename(json)
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(json)")
                #expect(try #require(answer.message).contains("name") || json.contains("u0000"))
            }
            #expect(try await server.events(.userRenamed) == 0)
            let answer = try await rename(#"{"name":" Ada  King 👩‍💻 ","role":"owner","email":"x@example.org"}"#)
            #expect(answer.status == .ok)
            #expect(try answer.string("name") == "Ada  King 👩‍💻")
            #expect(try answer.string("email") == "ada@example.org")
            #expect(try await server.events(.userRenamed) == 1)
            #expect(try await rename("{}").status == .ok)
        }
    }

    @Test("/organizations and /sessions answer what the contract says, and the user's own alone")
    func lists() async throws {
        try await withServer { server in
            let login = try await server.login()
            let other = try await server.login("eve@example.org")
            let second = try await server.login()
            let organizations = try await server.get(
                "/api/v1/auth/organizations", headers: .bearer(login.access))
            let listed = try #require(try organizations.json["organizations"]?.array)
            #expect(listed.count == 1)
            #expect(members(listed.first?.object) == ["id", "name", "role", "slug"])
            let sessions = try await server.get("/api/v1/auth/sessions", headers: .bearer(login.access))
            let grants = try #require(try sessions.json["sessions"]?.array).compactMap(\.object)
            #expect(
                members(grants.first) == [
                    "client", "created_at", "created_from", "current", "device", "id", "last_used_at",
                    "last_used_from", "organization", "scopes",
                ])
            #expect(
                grants.compactMap { $0["id"]?.string } == [try second.grant.description, try login.grant.description])
            #expect(grants.map { $0["current"]?.bool } == [false, true])
            #expect(try !sessions.text.contains(other.grant.description))
        }
    }

    @Test("DELETE of a session ends that login and no other")
    func endSession() async throws {
        try await withServer { server in
            let (here, there) = (try await server.login(), try await server.login())
            let answer = try await server.send(
                .delete, "/api/v1/auth/sessions/\(try there.grant)", headers: .bearer(here.access))
            #expect(answer.status == .noContent && answer.body.isEmpty)
            #expect(try await server.me(there.access).status == .unauthorized)
            #expect(try await server.me(here.access).status == .ok)
            let again = try await server.send(
                .delete, "/api/v1/auth/sessions/\(try there.grant)", headers: .bearer(here.access))
            #expect(again.status == .notFound)
        }
    }

    @Test("switching gives a grant in another organization of the same user, and leaves the first")
    func switchOrganization() async throws {
        try await withServer { server in
            let login = try await server.login()
            let second = try await server.provider.organizations.create(
                name: "Second", slug: "second", owner: login.user, at: server.now, from: .server)
            for name in ["second", second.description] {
                let switched = try Tokens(
                    try await server.post(
                        "/api/v1/auth/switch", json: ["organization": name], headers: .bearer(login.access)))
                #expect(try switched.organization == second)
                #expect(try switched.grant != login.grant)
                #expect(switched.scope == login.scope)
            }
            #expect(try await server.me(login.access).status == .ok)
            #expect(try await server.refresh(login.refresh).status == .ok)
        }
    }

    @Test("an organization of someone else is not found, in the words for one that does not exist")
    func foreignOrganization() async throws {
        try await withServer { server in
            let (ada, eve) = (try await server.login(), try await server.login("eve@example.org"))
            let memberships = try await server.provider.organizations.memberships(of: eve.user)
            let organization = try #require(memberships.first).organization
            var answers: [Answer] = []
            for name in [organization.slug, organization.id.description, "nowhere", "org_0000000000000", ""] {
                answers.append(
                    try await server.post(
                        "/api/v1/auth/switch", json: ["organization": name], headers: .bearer(ada.access)))
            }
            #expect(Set(answers.map(\.status)) == [.notFound])
            #expect(Set(answers.map(\.message)).count == 1)
            #expect(try await server.number("SELECT count(*) FROM grants") == 2)
        }
    }

    @Test("an access token of fewer scopes cannot be switched into one of more")
    func switchKeepsScopes() async throws {
        try await withServer { server in
            let login = try await server.login()
            let narrow = try Tokens(
                try await server.post(
                    "/api/v1/auth/refresh", json: ["refresh_token": login.refresh, "scope": "jobs:read"]))
            let organization = try login.organization.description
            let switched = try Tokens(
                try await server.post(
                    "/api/v1/auth/switch", json: ["organization": organization], headers: .bearer(narrow.access)))
            #expect(switched.scope == "jobs:read")
            #expect(try await server.me(narrow.access).json["scopes"]?.strings == ["jobs:read"])
            #expect(try Tokens(try await server.refresh(switched.refresh)).scope == "jobs:read")
        }
    }

    @Test("a token made for another API tells of itself and ends itself, and does nothing else")
    func otherAudience() async throws {
        try await withServer { server in
            let device = try await server.device(["resource": "https://api.crewkeel.example"])
            let browser = try await server.browser(signedInAs: "ada@example.org")
            _ = try await browser.approve(device)
            let login = try Tokens(try await server.poll(device))
            #expect(try login.claims["aud"]?.string == "https://api.crewkeel.example")
            #expect(try await server.me(login.access).status == .ok)
            let organization = try login.organization.description
            let switched = try await server.post(
                "/api/v1/auth/switch", json: ["organization": organization], headers: .bearer(login.access))
            #expect(switched.status == .unauthorized && switched.error == "invalid_token")
            let listed = try await server.get("/api/v1/auth/sessions", headers: .bearer(login.access))
            #expect(listed.status == .unauthorized)
            let introspection = try await server.post(
                "/oauth/introspect", form: ["token": login.access], headers: .bearer(login.access))
            #expect(introspection.status == .unauthorized)
            let ended = try await server.post("/api/v1/auth/revoke", jsonText: "", headers: .bearer(login.access))
            #expect(ended.status == .noContent)
            #expect(try await server.refresh(login.refresh).error == "invalid_grant")
        }
    }
}
