import HTTPTypes
import Identity
import JOSE
import Testing

/// `POST /oauth/introspect` for API tokens, one and many.
struct APITokenIntrospectionTests {
    private let custom =
        #"{"label":"x","access":"custom","scopes":["projects:read"],"resources":{"projects":["prj_1"]},"expires_in":600}"#

    @Test("seed 003: a token is told with its scopes, restrictions, organization and end; nothing is written")
    func one() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let minted = try await server.mint(custom, by: ada)
            let before = try await server.rowCounts()
            let json = try await server.introspect(try minted.secret)
            #expect(
                json.members.map(\.name) == [
                    "active", "token_type", "iss", "sub", "client_id", "scope", "iat", "sid", "org", "access",
                    "limits", "exp", "resources",
                ])
            #expect(try json["sub"]?.string == minted.id && json["token_type"]?.string == "Bearer")
            #expect(json["scope"]?.string == "projects:read" && json["access"]?.string == "custom")
            #expect(json["org"]?.string == (try ada.organization.description))
            #expect(json["resources"] == .object(["projects": .array([.string("prj_1")])]))
            let (end, begin) = (try #require(json["exp"]?.integer), try #require(json["iat"]?.integer))
            #expect(end - begin == 600)
            #expect(try await server.rowCounts() == before)
            let whole = try await server.introspect(try await server.mint(by: ada).secret)
            #expect(whole["exp"] == nil && whole["resources"] == nil)
        }
    }

    @Test("who cannot prove to be a client learns nothing of an API token, and none of its calls are counted")
    func strangers() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let token = try await server.mint(by: try await server.admin()).secret
            var answers = [
                try await server.post("/oauth/introspect", form: ["token": token]),
                try await server.post("/oauth/introspect", form: ["token": token, "client_id": Client.commandLine]),
            ]
            for (name, secret) in [("resource", "wrong"), ("resource", ""), ("nobody", "its secret")] {
                answers.append(
                    try await server.post("/oauth/introspect", form: ["token": token], headers: .basic(name, secret)))
            }
            for answer in answers {
                #expect(answer.status == .unauthorized && answer.error == "invalid_client")
                #expect(!answer.text.contains("active"))
            }
            for calls in [0, 1] as [Int64] {
                try await server.provider.apiTokens.flushUses()
                let limits = try await server.introspect(token)["limits"]?.object
                #expect(limits?["calls_this_period"]?.integer == calls)
            }
        }
    }

    @Test("many tokens of every kind are answered at once, in their order")
    func batch() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let minted = try await server.mint(custom, by: ada)
            let tokens = [try minted.secret, "nonsense", ada.access, ada.refresh, try minted.secret]
            let list = tokens.map { "\"\($0)\"" }.joined(separator: ",")
            let answer = try await server.post(
                "/oauth/introspect", jsonText: "{\"tokens\":[\(list)]}", headers: .basic("resource", "its secret"))
            #expect(answer.status == .ok && answer.headers[.cacheControl] == "no-store")
            let told = try #require(try answer.json["tokens"]?.array).compactMap(\.object)
            #expect(told.map { $0["active"]?.bool } == [true, false, true, true, true])
            var single: [JSONObject] = []
            for token in tokens { single.append(try await server.introspect(token)) }
            #expect(told == single)
        }
    }

    @Test(
        "a batch out of bounds is refused, and no stranger has one answered",
        arguments: [
            "{}", #"{"tokens":[]}"#, #"{"tokens":"x"}"#, #"{"tokens":[1]}"#,
            #"{"tokens":["# + Array(repeating: #""x""#, count: 101).joined(separator: ",") + "]}",
        ])
    func bounds(json: String) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let answer = try await server.post(
                "/oauth/introspect", jsonText: json, headers: .basic("resource", "its secret"))
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
            for headers in [HTTPFields(), .basic("resource", "wrong"), .basic("resource", "")] {
                let refused = try await server.post(
                    "/oauth/introspect", jsonText: #"{"tokens":["x"]}"#, headers: headers)
                #expect(refused.status == .unauthorized && refused.error == "invalid_client")
            }
        }
    }

    @Test("an API token proves nobody here: it cannot ask about tokens, nor about itself")
    func asking() async throws {
        try await withServer { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            let answer = try await server.post(
                "/oauth/introspect", form: ["token": secret], headers: .bearer(secret))
            #expect(answer.status == .forbidden && answer.error == "forbidden")
        }
    }
}
