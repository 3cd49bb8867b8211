import HTTPTypes
import Identity
import JOSE
import Testing

/// API tokens through the API: shapes, codes, and what they leave in the database.
struct APITokensAPITests {
    private static let shape = [
        "id", "label", "prefix", "last_four", "access", "scopes", "resources", "created_at", "created_by",
        "created_by_name", "rotated_at", "overlap_ends_at", "expires_at", "revoked_at", "last_used_at",
        "uses_this_period", "status",
    ]

    @Test("seeds 000, 001: a token is made, shown once, listed, renamed and revoked; its row stays")
    func life() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let minted = try await server.mint(
                #"{"label":" CI ","access":"read_only","expires_in":86400}"#, by: ada)
            try #require(minted.answer.status == .created, "\(minted.answer.text)")
            let json = try minted.answer.json
            #expect(json.members.map(\.name) == ["id", "token"] + Self.shape.dropFirst())
            #expect(json["label"]?.string == "CI" && json["access"]?.string == "read_only")
            #expect(json["created_by"]?.string == (try ada.user.description))
            let maker = try await server.user("ada@example.org")
            #expect(json["created_by_name"]?.string == maker?.name)
            #expect(json["status"]?.string == "expiring" && json["uses_this_period"]?.integer == 0)
            #expect(json["resources"] == .null && json["last_used_at"] == .null)
            #expect(json["scopes"]?.strings?.allSatisfy { $0.hasSuffix(":read") } == true)
            let secret = try minted.secret
            #expect(secret.hasPrefix(try minted.answer.string("prefix")))
            #expect(secret.hasSuffix(try minted.answer.string("last_four")))

            let path = try minted.path
            let shown = try await server.call(.get, path, by: ada)
            #expect(try shown.status == .ok && shown.json.members.map(\.name) == Self.shape)
            let renamed = try await server.call(.patch, path, #"{"label":"Deploy"}"#, by: ada)
            #expect(try renamed.string("label") == "Deploy")
            #expect(try await server.call(.delete, path, by: ada).status == .noContent)
            #expect(try await server.call(.delete, path, by: ada).status == .noContent)
            let listed = try await server.call(.get, "/api/v1/tokens", by: ada)
            let first = try #require(try listed.json["tokens"]?.array?.first?.object)
            #expect(first["status"]?.string == "revoked" && first["label"]?.string == "Deploy")
            #expect(first["revoked_at"]?.string != nil)
            #expect(
                try listed.json["pagination"]
                    == .object(["page": .integer(1), "limit": .integer(50), "total": .integer(1)]))
            for answer in [shown, renamed, listed] { #expect(!answer.text.contains(secret)) }
            #expect(try await server.call(.patch, path, #"{"label":"x"}"#, by: ada).error == "token_revoked")
        }
    }

    @Test(
        "what is no request for a token is 400 and named",
        arguments: [
            ("{}", "access"), (#"{"label":"x","access":"all"}"#, "access"), (#"{"access":"full"}"#, "label"),
            (#"{"label":"","access":"full"}"#, "label"), (#"{"label":7,"access":"full"}"#, "label"),
            (#"{"label":"x","access":"full","scopes":["jobs:read"]}"#, "scopes"),
            (#"{"label":"x","access":"read_only","resources":{"projects":["a"]}}"#, "resources"),
            (#"{"label":"x","access":"custom"}"#, "scopes"),
            (#"{"label":"x","access":"custom","scopes":[]}"#, "scopes"),
            (#"{"label":"x","access":"custom","scopes":"jobs:read"}"#, "scopes"),
            (#"{"label":"x","access":"custom","scopes":["jobs:read jobs:write"]}"#, "scopes"),
            (#"{"label":"x","access":"custom","scopes":["jobs:read","jobs:read"]}"#, "scopes"),
            (#"{"label":"x","access":"custom","scopes":["jobs:read"],"resources":[]}"#, "resources"),
            (#"{"label":"x","access":"custom","scopes":["jobs:read"],"resources":{}}"#, "resources"),
            (#"{"label":"x","access":"full","expires_in":0}"#, "expires_in"),
            (#"{"label":"x","access":"full","expires_in":"60"}"#, "expires_in"),
            (#"{"label":"x","access":"full","expires_in":1.5}"#, "expires_in"),
            (#"{"label":"x","access":"full","expires_in":9223372036854775807}"#, "expires_in"),
        ])
    func badRequests(json: String, member: String) async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let answer = try await server.mint(json, by: ada).answer
            #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(answer.text)")
            #expect(answer.message?.contains(member) == true, "\(answer.text)")
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 0)
        }
    }

    @Test("seed 001: without a second factor of the last five minutes nothing is made or rotated, and it is said how")
    func stepUp() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            server.site.clock.advance(by: .seconds(300))
            let before = try await server.snapshot()
            for answer in [
                try await server.mint(by: ada).answer,
                try await server.call(.post, try minted.path + "/rotate", "{}", by: ada),
            ] {
                #expect(answer.status == .forbidden && answer.error == "step_up_required")
                let demand = try answer.json["step_up"]?.object
                #expect(demand?["max_age"]?.integer == 300 && demand?["url"]?.string != nil)
            }
            #expect(try await server.snapshot() == before)
            // Reading, renaming and revoking take none.
            #expect(try await server.call(.get, try minted.path, by: ada).status == .ok)
            #expect(try await server.call(.patch, try minted.path, #"{"label":"y"}"#, by: ada).status == .ok)
            #expect(try await server.call(.delete, try minted.path, by: ada).status == .noContent)
        }
    }

    @Test("without a second factor it is the plan, the role or the request that is told, and none is asked for in vain")
    func stepUpLast() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let rotation = try await server.mint(by: ada).path + "/rotate"
            _ = try await server.call(.post, rotation, #"{"overlap":3600}"#, by: ada)
            server.site.clock.advance(by: .seconds(300))
            let before = try await server.snapshot()
            let running = try await server.call(.post, rotation, #"{"overlap":60}"#, by: ada)
            #expect(running.error == "overlap_running" && running.message?.contains("overlap 0") == true)
            let nothing = rotation.replacing("tok_", with: "tok_0").prefix(rotation.utf8.count)
            #expect(try await server.call(.post, String(nothing), "{}", by: ada).error == "not_found")
            let unknown = try await server.mint(#"{"label":"x","access":"custom","scopes":["jobs:fly"]}"#, by: ada)
            #expect(unknown.answer.error == "invalid_scope")
            #expect(try await server.mint(by: ada).answer.error == "step_up_required")
            #expect(try await server.snapshot() == before)
            try await server.put(ada, on: .free)
            for answer in [
                try await server.mint(by: ada).answer, try await server.call(.post, rotation, "{}", by: ada),
            ] {
                #expect(answer.status == .forbidden && answer.error == "plan_required", "\(answer.text)")
                #expect(answer.message?.contains("Ask whoever runs this server for another plan.") == true)
                #expect(try answer.json["step_up"] == nil)
            }
        }
    }

    @Test("the list tells whether the plan of the organization has API tokens")
    func planOfList() async throws {
        try await withServer { server in
            let ada = try await server.admin(on: .free)
            let expected: [(Organization.Plan, Bool, Bool)] = [
                (.free, false, false), (.pro, true, false), (.business, true, true),
            ]
            for (plan, mints, chooses) in expected {
                try await server.put(ada, on: plan)
                let told = try await server.call(.get, "/api/v1/tokens", by: ada).json["plan"]
                #expect(
                    told
                        == .object([
                            "name": .string(plan.rawValue), "api_tokens": .bool(mints), "custom_scopes": .bool(chooses),
                        ]))
            }
        }
    }

    @Test("a proof of another login of the same person does not count")
    func otherLogin() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let other = try await server.login()
            #expect(try await server.mint(by: other).answer.error == "step_up_required")
            #expect(try await server.mint(by: ada).answer.status == .created)
        }
    }

    @Test("plans and roles: each refusal says what is missing")
    func refusals() async throws {
        try await withServer { server in
            let ada = try await server.admin(on: .free)
            #expect(try await server.mint(by: ada).answer.error == "plan_required")
            try await server.put(ada, on: .pro)
            let custom = #"{"label":"x","access":"custom","scopes":["jobs:read"]}"#
            let chosen = try await server.mint(custom, by: ada).answer
            #expect(chosen.status == .forbidden && chosen.error == "plan_required")
            try await server.put(ada, on: .business)
            #expect(try await server.mint(custom, by: ada).answer.status == .created)
            let unknown = try await server.mint(#"{"label":"x","access":"custom","scopes":["jobs:fly"]}"#, by: ada)
            #expect(unknown.answer.error == "invalid_scope")

            let bob = try await server.login("bob@example.org")
            try await server.provider.organizations.join(
                try ada.organization, try bob.user, as: .member, at: server.now, from: .server)
            let switched = try Tokens(
                try await server.post(
                    "/api/v1/auth/switch", json: ["organization": ada.organization.description],
                    headers: .bearer(bob.access)))
            try await server.prove(switched)
            for answer in [
                try await server.mint(by: switched).answer, try await server.call(.get, "/api/v1/tokens", by: switched),
            ] { #expect(answer.status == .forbidden && answer.error == "forbidden") }
        }
    }

    @Test("seed 000: a scope that the login does not have is 403 and named")
    func forbiddenScope() async throws {
        try await withServer { server in
            let ada = try await server.login()
            try await server.put(ada, on: .business)
            let narrow = try Tokens(
                try await server.post(
                    "/oauth/token",
                    form: [
                        "grant_type": "refresh_token", "refresh_token": ada.refresh, "scope": "jobs:read",
                        "client_id": Client.commandLine,
                    ]))
            try await server.prove(narrow)
            let answer = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["jobs:write"]}"#, by: narrow
            ).answer
            #expect(answer.status == .forbidden && answer.error == "forbidden_scope")
            #expect(answer.message == "This token is missing the required scope: jobs:write.")
            let challenge = answer.headers[.wwwAuthenticate] ?? ""
            #expect(challenge.contains(#"error="insufficient_scope""#) && challenge.contains(#"scope="jobs:write""#))
            let full = try await server.mint(by: narrow)
            #expect(try full.answer.json["scopes"]?.strings == ["jobs:read"])
        }
    }

    @Test("CVE-2025-61928: members of the body that name another person or tenant change nothing")
    func otherMaker() async throws {
        try await withServer { server in
            let (ada, eve) = (try await server.admin(), try await server.admin("eve@example.org"))
            let (id, organization) = (try ada.user.description, try ada.organization.description)
            let minted = try await server.mint(
                #"""
                {"label":"x","access":"full","user_id":"\#(id)","created_by":"\#(id)","organization":"\#(organization)",
                "organization_id":"\#(organization)","sub":"\#(id)","id":"tok_0000000000001"}
                """#, by: eve)
            #expect(try minted.answer.string("created_by") == eve.user.description)
            #expect(try minted.id != "tok_0000000000001")
            let listed = try await server.call(.get, "/api/v1/tokens", by: ada)
            #expect(try listed.json["tokens"]?.array?.isEmpty == true)
        }
    }

    @Test("rotation: both secrets work until the overlap ends; a body out of bounds is 400")
    func rotation() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            for body in [#"{"overlap":-1}"#, #"{"overlap":604801}"#, #"{"overlap":"60"}"#] {
                let answer = try await server.call(.post, try minted.path + "/rotate", body, by: ada)
                #expect(answer.status == .badRequest && answer.message?.contains("overlap") == true)
            }
            let rotated = MintedToken(
                answer: try await server.call(.post, try minted.path + "/rotate", #"{"overlap":60}"#, by: ada))
            #expect(rotated.answer.status == .ok)
            #expect(try rotated.id == minted.id)
            #expect(try rotated.answer.string("overlap_ends_at") > rotated.answer.string("rotated_at"))
            for secret in [try minted.secret, try rotated.secret] {
                #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok)
            }
            let again = try await server.call(.post, try minted.path + "/rotate", #"{"overlap":60}"#, by: ada)
            #expect(again.status == .conflict && again.error == "overlap_running")
            server.site.clock.advance(by: .seconds(60))
            #expect(try await server.get("/api/v1/me", headers: .bearer(try minted.secret)).status == .unauthorized)
            #expect(try await server.get("/api/v1/me", headers: .bearer(try rotated.secret)).status == .ok)
        }
    }

    @Test("a repeated mint or rotation gives the same secret and never a second token, also fifty at once")
    func repeated() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let secrets = try await withThrowingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask { try await server.mint(by: ada, key: "mint").secret }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(secrets.count == 1)
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 1)
            #expect(try await server.events(.apiTokenIssued) == 1)
            let path = try await server.mint(by: ada, key: "mint").path + "/rotate"
            let rotated = try await server.call(.post, path, "{}", by: ada, key: "rotate")
            let again = try await server.call(.post, path, "{}", by: ada, key: "rotate")
            #expect(rotated.status == .ok && again.body == rotated.body)
            #expect(try await server.events(.apiTokenRotated) == 1)
            let other = try await server.mint(#"{"label":"y","access":"full"}"#, by: ada, key: "mint").answer
            #expect(other.status == .unprocessableContent && other.error == "idempotency_mismatch")
        }
    }

    @Test("usage tells calls by day, and when, from where and by what it was used last")
    func usage() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            let path = try minted.path + "/usage"
            let empty = try await server.call(.get, path, by: ada).json
            #expect(empty["days"]?.array?.isEmpty == true && empty["last_used_at"] == .null)
            var headers = HTTPFields.bearer(try minted.secret)
            headers[.userAgent] = "robot/1"
            for _ in 0..<3 { _ = try await server.get("/api/v1/me", headers: headers) }
            try await server.provider.apiTokens.flushUses()
            let json = try await server.call(.get, path, by: ada).json
            #expect(json["last_used_agent"]?.string == "robot/1" && json["uses_this_period"]?.integer == 3)
            let day = try #require(json["days"]?.array?.first?.object)
            #expect(day["calls"]?.integer == 3 && day["date"]?.string?.utf8.count == 10)
            #expect(json["period"]?.object?["start"]?.string?.hasSuffix("-01T00:00:00Z") == true)
        }
    }
}
