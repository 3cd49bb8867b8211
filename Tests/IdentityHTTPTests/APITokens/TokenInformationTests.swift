import HTTPTypes
import Identity
import JOSE
import Testing

/// What a token is told about itself.
struct TokenInformationTests {
    private let custom =
        #"{"label":"x","access":"custom","scopes":["projects:read"],"resources":{"projects":["prj_1"]}}"#

    @Test("seed 000: /me tells whose token it is and its scopes, for logins, API tokens and exchanged JWTs alike")
    func me() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let minted = try await server.mint(custom, by: ada)
            let jwt = try await server.exchange(try minted.secret).string("access_token")
            let own = try await server.get("/api/v1/me", headers: .bearer(ada.access)).json
            #expect(own["type"]?.string == "access_token" && own["token"] == .null && own["resources"] == .null)
            #expect(own["owner"]?.object?["id"]?.string == (try ada.user.description))
            #expect(own["scopes"]?.strings?.joined(separator: " ") == ada.scope)
            for token in [try minted.secret, jwt] {
                let answer = try await server.get("/api/v1/me", headers: .bearer(token))
                let json = try answer.json
                #expect(json["type"]?.string == "api_token" && json["scopes"]?.strings == ["projects:read"])
                #expect(json["organization"]?.object?["id"]?.string == (try ada.organization.description))
                #expect(json["organization"]?.object?["plan"]?.string == "business")
                #expect(json["token"]?.object?["id"]?.string == (try minted.id))
                #expect(json["resources"] == .object(["projects": .array([.string("prj_1")])]))
                let person = try ada.user.description
                #expect(!answer.text.contains("ada@example.org") && !answer.text.contains(person))
            }
        }
    }

    @Test("/scopes tells what was granted and all that there is")
    func scopes() async throws {
        try await withServer { server in
            let minted = try await server.mint(custom, by: try await server.admin())
            let json = try await server.get("/api/v1/scopes", headers: .bearer(try minted.secret)).json
            #expect(json["granted"]?.strings == ["projects:read"])
            let catalog = (json["catalog"]?.array ?? []).compactMap(\.object)
            #expect(catalog.count > 20)
            for entry in catalog {
                #expect(entry.members.map(\.name) == ["scope", "description", "resource_server"])
            }
            #expect(catalog.contains { $0["scope"]?.string == "jobs:write" })
        }
    }

    @Test("without a token, or with one for another API, both are 401")
    func strangers() async throws {
        try await withServer { server in
            let minted = try await server.mint(by: try await server.admin())
            let foreign = try await server.exchange(try minted.secret, ["resource": "https://api.crewkeel.example"])
            for path in ["/api/v1/me", "/api/v1/scopes"] {
                #expect(try await server.get(path).status == .unauthorized)
                let answer = try await server.get(path, headers: .bearer(try foreign.string("access_token")))
                #expect(answer.status == .unauthorized && answer.error == "invalid_token")
            }
        }
    }
}
