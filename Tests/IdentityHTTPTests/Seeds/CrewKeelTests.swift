import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

/// What CrewKeel's developers were promised of tokens (seed 000), sentence by sentence.
///
/// "The full token is shown once" is in `APITokensAPITests.life`; "/me: the token's contractor and granted scopes" in
/// `TokenInformationTests.me`; that a token is refused after it was revoked in `APITokenAttackTests.dead`.
@Suite("CrewKeel (seed 000)")
struct CrewKeelTests {
    @Test("all responses are JSON, and errors use the shape { error: { code, message } }")
    func shape() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let secret = try await server.mint(by: ada).secret
            let answers = [
                try await server.get("/api/v1/me", headers: .bearer(secret)),
                try await server.get("/api/v1/scopes", headers: .bearer(secret)),
                try await server.get("/api/v1/me"), try await server.get("/api/v1/me", headers: .bearer("ck_live_x")),
                try await server.get("/api/v1/nothing", headers: .bearer(secret)),
                try await server.get("/api/v1/tokens", headers: .bearer(secret)),
                try await server.send(.put, "/api/v1/me", headers: .bearer(secret)),
                try await server.call(.post, "/api/v1/tokens", "{", by: ada),
            ]
            #expect(answers.map(\.status.code) == [200, 200, 401, 401, 404, 403, 405, 400])
            for answer in answers {
                #expect(answer.headers[.contentType] == "application/json")
                guard answer.status != .ok else { continue }
                let error = try #require(try answer.json["error"]?.object)
                #expect(error["code"]?.string?.isEmpty == false && error["message"]?.string?.isEmpty == false)
            }
        }
    }

    @Test("a token is created on a Pro plan or above", arguments: Organization.Plan.allCases)
    func plan(plan: Organization.Plan) async throws {
        try await withServer { server in
            let answer = try await server.mint(by: try await server.admin(on: plan)).answer
            guard plan == .free else { return #expect(answer.status == .created) }
            #expect(answer.status == .forbidden && answer.error == "plan_required")
        }
    }

    @Test("a missing scope is forbidden_scope, in these words, here and at the resource server")
    func forbiddenScope() async throws {
        let words = "This token is missing the required scope: jobs:write."
        try await withServer { server in
            try await server.registerResourceServer()
            let device = try await server.device(["scope": "jobs:read"])
            _ = try await server.browser(signedInAs: "ada@example.org").approve(device)
            let login = try Tokens(try await server.poll(device))
            try await server.put(login, on: .business)
            try await server.prove(login)
            let refused = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["jobs:write"]}"#, by: login
            ).answer
            #expect(refused.status == .forbidden && refused.error == "forbidden_scope" && refused.message == words)
            let secret = try await server.mint(by: login).secret
            let token = try await server.resourceServer().verify(secret, at: server.now)
            let failure = #expect(throws: TokenVerifier.Failure.self) { try token.require("jobs:write") }
            #expect(failure?.message == words && failure?.status == 403)
        }
    }

    @Test("/scopes: granted scopes plus the full scope catalog, with these names")
    func catalog() async throws {
        try await withServer { server in
            let secret = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["documents:send"]}"#, by: try await server.admin()
            ).secret
            let told = try await server.get("/api/v1/scopes", headers: .bearer(secret)).json
            #expect(told["granted"]?.strings == ["documents:send"])
            let scopes = try await server.scopes(of: "https://api.crewkeel.example", for: secret)
            #expect(
                Set(scopes.keys) == [
                    "jobs:read", "jobs:write", "documents:read", "documents:write", "documents:send", "customers:read",
                    "customers:write",
                ])
            #expect(scopes["documents:send"] == "Issue and send estimates and invoices as PDFs")
        }
    }

    @Test("each token is limited to 100 requests a minute; exceeding it returns 429 with code rate_limited")
    func rateLimit() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let (first, second) = (try await server.mint(by: ada).secret, try await server.mint(by: ada).secret)
            for _ in 0..<100 {
                #expect(try await server.get("/api/v1/me", headers: .bearer(first)).status == .ok)
            }
            let over = try await server.get("/api/v1/me", headers: .bearer(first))
            #expect(over.status == .tooManyRequests && over.error == "rate_limited")
            #expect(try await server.get("/api/v1/me", headers: .bearer(second)).status == .ok)
            server.site.clock.advance(by: .seconds(60))
            #expect(try await server.get("/api/v1/me", headers: .bearer(first)).status == .ok)
        }
    }
}
