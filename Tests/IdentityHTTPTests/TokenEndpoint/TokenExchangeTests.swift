import HTTPTypes
import Identity
import JOSE
import Testing

/// RFC 8693: an API token for a JWT of five minutes.
struct TokenExchangeTests {
    private let crewkeel = "https://api.crewkeel.example"
    private let custom =
        #"{"label":"x","access":"custom","scopes":["jobs:read","contacts:read"],"resources":{"a":["b"]}}"#

    private func claims(_ answer: Answer) throws -> JSONObject {
        let parts = try answer.string("access_token").split(separator: ".")
        try #require(parts.count == 3)
        let payload = try #require(Base64URL.decode(String(parts[1])))
        return try #require(try JSONValue.parse(payload).object)
    }

    @Test("the JWT has the token's scopes and restrictions, its name as subject, and five minutes")
    func exchange() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let minted = try await server.mint(custom, by: ada)
            let answer = try await server.exchange(try minted.secret)
            #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
            let json = try answer.json
            #expect(
                json.members.map(\.name) == ["access_token", "issued_token_type", "token_type", "expires_in", "scope"])
            #expect(json["issued_token_type"]?.string == "urn:ietf:params:oauth:token-type:access_token")
            #expect(json["token_type"]?.string == "Bearer" && json["expires_in"]?.integer == 300)
            let claims = try claims(answer)
            let id = try minted.id
            for name in ["sub", "client_id", "sid"] { #expect(claims[name]?.string == id, "\(name)") }
            #expect(claims["aud"]?.string == server.issuer && claims["iss"]?.string == server.issuer)
            #expect(claims["org"]?.string == (try ada.organization.description))
            #expect(claims["scope"]?.string == "jobs:read contacts:read")
            #expect(claims["resources"] == .object(["a": .array([.string("b")])]))
            let (end, begin) = (try #require(claims["exp"]?.integer), try #require(claims["iat"]?.integer))
            #expect(end - begin == 300)
            #expect(claims["auth_time"] == nil && claims["amr"] == nil)
            let told = try await server.introspect(try answer.string("access_token"))
            #expect(told["active"]?.bool == true && told["sub"]?.string == id)
            #expect(told["resources"] == claims["resources"] && told["limits"] == claims["limits"])
            #expect(try await server.number("SELECT count(*) FROM grants") == 1)
        }
    }

    @Test("the JWT tells what the plan allows, as introspection does, and not how much of it is used up")
    func limits() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let secret = try await server.mint(custom, by: ada).secret
            for (plan, perMinute) in [(.business, 100), (.enterprise, 1_000)] as [(Organization.Plan, Int64)] {
                try await server.put(ada, on: plan)
                let limits = try #require(try claims(try await server.exchange(secret))["limits"]?.object)
                let told = try #require(try await server.introspect(secret)["limits"]?.object)
                #expect(
                    limits.members.map(\.name) == ["requests_per_minute", "calls_per_period", "period_ends_at"])
                for member in limits.members { #expect(told[member.name] == member.value, "\(member.name)") }
                #expect(limits["requests_per_minute"]?.integer == perMinute)
            }
        }
    }

    @Test("for a resource server, only scopes that it knows; fewer when fewer are asked for, never more")
    func narrower() async throws {
        try await withServer { server in
            let secret = try await server.mint(custom, by: try await server.admin()).secret
            let answer = try await server.exchange(secret, ["resource": crewkeel])
            #expect(try claims(answer)["aud"]?.string == crewkeel)
            #expect(try answer.string("scope") == "jobs:read")
            #expect(try await server.exchange(secret, ["audience": crewkeel]).string("scope") == "jobs:read")
            #expect(try await server.exchange(secret, ["scope": "contacts:read"]).string("scope") == "contacts:read")
            for (more, error): (KeyValuePairs<String, String>, String) in [
                (["scope": "jobs:write"], "invalid_scope"),
                (["resource": crewkeel, "scope": "contacts:read"], "invalid_scope"),
                (["resource": "https://unknown.example"], "invalid_target"),
                (["resource": "https://api.craftdesk.example"], "invalid_target"),
                (["resource": crewkeel, "audience": "https://api.calkeep.example"], "invalid_request"),
                (["actor_token": secret], "invalid_request"),
                (["requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"], "invalid_request"),
                (["client_id": "nobody"], "invalid_client"),
            ] {
                let answer = try await server.exchange(secret, more)
                #expect(answer.error == error, "\(more): \(answer.text)")
            }
        }
    }

    @Test("a client that names itself is named in the JWT, and a confidential one must prove it")
    func client() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let secret = try await server.mint(custom, by: try await server.admin()).secret
            #expect(
                try claims(try await server.exchange(secret, ["client_id": Client.commandLine]))["client_id"]?.string
                    == Client.commandLine)
            #expect(try await server.exchange(secret, ["client_id": "resource"]).error == "invalid_client")
        }
    }

    @Test("the JWT ends with its token, and at the end of an overlap")
    func ends() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let short = try await server.mint(#"{"label":"x","access":"full","expires_in":60}"#, by: ada)
            let ending = try await server.exchange(try short.secret).json["expires_in"]?.integer
            #expect(try #require(ending) <= 60)
            let rotated = try await server.mint(by: ada)
            _ = try await server.call(.post, try rotated.path + "/rotate", #"{"overlap":30}"#, by: ada)
            let former = try await server.exchange(try rotated.secret).json["expires_in"]?.integer
            #expect(try #require(former) <= 30)
        }
    }

    @Test("no other token of ours is exchanged: not a login's, nor the JWT itself again")
    func otherKinds() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let jwt = try await server.exchange(try await server.mint(by: ada).secret).string("access_token")
            for token in [ada.access, ada.refresh, jwt, "lk_live_", "x"] {
                let answer = try await server.exchange(token)
                #expect(answer.status == .badRequest && answer.error == "invalid_request")
            }
            #expect(try await server.generation(ada.grant) == 1)
        }
    }
}
