import HTTPTypes
import Identity
import JOSE
import Testing

/// Organizations and members through the API: shapes, codes, and what it leaves in the database.
struct OrganizationsAPITests {
    private func members(_ object: JSONObject?) -> [String] { (object?.members ?? []).map(\.name) }

    @Test("an organization is made, read and renamed; the answer has the members of the contract, in order")
    func life() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let made = try await server.call(
                .post, "/api/v1/organizations", #"{"name":" Acme Ltd. ","slug":"acme","plan":"enterprise"}"#, by: ada)
            #expect(made.status == .created)
            #expect(members(try made.json) == ["id", "slug", "name", "plan", "role", "created_at"])
            #expect(try made.string("name") == "Acme Ltd." && made.string("slug") == "acme")
            #expect(try made.string("plan") == "free" && made.string("role") == "owner")
            let path = "/api/v1/organizations/" + (try made.string("id"))
            #expect(try await server.call(.get, path, by: ada).text == made.text)
            let renamed = try await server.call(.patch, path, #"{"name":"Acme","plan":"pro"}"#, by: ada)
            #expect(renamed.status == .ok)
            #expect(try renamed.string("name") == "Acme" && renamed.string("plan") == "free")
            #expect(try await server.call(.get, path, by: ada).text == renamed.text)
            let again = try await server.call(.post, "/api/v1/organizations", #"{"name":"B","slug":"acme"}"#, by: ada)
            #expect(again.status == .conflict && again.error == "slug_taken")
        }
    }

    @Test(
        "what is no name or slug is 400 and named",
        arguments: [
            #"{}"#, #"{"name":""}"#, #"{"name":7}"#, #"{"name":"a\u0007"}"#, #"{"name":"A","slug":"A"}"#,
            #"{"name":"A","slug":"a--b"}"#, #"{"name":"A","slug":"../x"}"#, #"{"name":"A","slug":1}"#,
        ])
    func badNames(json: String) async throws {
        try await withServer { server in
            let ada = try await server.login()
            let answer = try await server.call(.post, "/api/v1/organizations", json, by: ada)
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
            #expect(answer.message?.contains("name") == true || answer.message?.contains("slug") == true)
            #expect(try await server.number("SELECT count(*) FROM organizations") == 1)
        }
    }

    @Test("members are listed, given roles and removed; the last owner stays")
    func memberLife() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let path = try server.path(of: ada)
            try await server.provider.organizations.join(
                try ada.organization, try bob.user, as: .viewer, at: server.now, from: .server)
            let listed = try await server.call(.get, path + "/members?page=1&limit=1", by: bob).json
            #expect(listed["pagination"] == .object(["page": .integer(1), "limit": .integer(1), "total": .integer(2)]))
            let first = try #require(listed["members"]?.array?.first?.object)
            #expect(members(first) == ["user_id", "email", "name", "role", "created_at"])
            #expect(first["user_id"]?.string == (try ada.user.description))
            let (own, other) = ("\(path)/members/\(try ada.user)", "\(path)/members/\(try bob.user)")
            for (method, json) in [(HTTPRequest.Method.patch, #"{"role":"admin"}"#), (.delete, nil)] {
                let answer = try await server.call(method, own, json, by: ada)
                #expect(answer.status == .conflict && answer.error == "last_owner")
                let denied = try await server.call(method, own, json, by: bob)
                #expect(denied.status == .forbidden && denied.error == "forbidden")
            }
            let changed = try await server.call(.patch, other, #"{"role":"owner"}"#, by: ada)
            #expect(changed.status == .ok)
            #expect(try changed.string("role") == "owner")
            #expect(try await server.call(.patch, other, #"{"role":"root"}"#, by: ada).status == .badRequest)
            let left = try await server.call(.delete, own, by: ada)
            #expect(left.status == .noContent && left.body.isEmpty)
            #expect(try await server.me(ada.access).status == .unauthorized)
            #expect(try await server.revocation(try ada.grant) == "membership_ended")
            #expect(try await server.refresh(ada.refresh).error == "invalid_grant")
            #expect(try await server.call(.delete, own, by: bob).status == .notFound)
        }
    }

    @Test(
        "a page or limit out of bounds is 400",
        arguments: ["page=0", "limit=0", "limit=201", "page=x", "page=-1", "page=99999999999999999999", "limit="])
    func paging(query: String) async throws {
        try await withServer { server in
            let ada = try await server.login()
            let answer = try await server.call(.get, try server.path(of: ada) + "/members?" + query, by: ada)
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
        }
    }

    @Test("a token made for another API is no good for any of it")
    func otherAudience() async throws {
        try await withServer { server in
            let device = try await server.device(["resource": "https://api.crewkeel.example"])
            let browser = try await server.browser(signedInAs: "ada@example.org")
            _ = try await browser.approve(device)
            let login = try Tokens(try await server.poll(device))
            let before = try await server.snapshot()
            for path in ["/api/v1/organizations", try server.path(of: login) + "/invitations"] {
                let answer = try await server.call(.post, path, #"{"name":"A"}"#, by: login)
                #expect(answer.status == .unauthorized && answer.error == "invalid_token")
            }
            #expect(try await server.call(.get, try server.path(of: login), by: login).status == .unauthorized)
            #expect(try await server.snapshot() == before)
        }
    }
}
