import HTTPTypes
import Identity
import Testing

@testable import IdentityHTTP

/// The limit is told on answers and on refusals alike.
struct LimitHeaderTests {
    /// What an answer tells of a limit: how many a minute, how many are left.
    private func told(_ answer: Answer) throws -> (limit: Int, left: Int) {
        func number(_ name: String) throws -> Int {
            let field = try #require(HTTPField.Name(name))
            return try #require(answer.headers[field].flatMap { Int($0) }, "\(answer.status): \(name)")
        }
        #expect(try number("X-RateLimit-Reset") > 0)
        return (try number("X-RateLimit-Limit"), try number("X-RateLimit-Remaining"))
    }

    @Test("an API token is told its own limit wherever it is recognized: 200, 401 for another API, 403")
    func ownLimit() async throws {
        try await withServer { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            let foreign = try await server.exchange(secret, ["resource": "https://api.crewkeel.example"])
            let jwt = try await server.exchange(secret).string("access_token")
            let answers = [
                try await server.get("/api/v1/me", headers: .bearer(secret)),
                try await server.get("/api/v1/me", headers: .bearer(try foreign.string("access_token"))),
                try await server.get("/api/v1/tokens", headers: .bearer(secret)),
                try await server.get("/api/v1/auth/me", headers: .bearer(jwt)),
            ]
            #expect(answers.map(\.status) == [.ok, .unauthorized, .forbidden, .forbidden])
            for (index, answer) in answers.enumerated() {
                let told = try told(answer)
                #expect(told.limit == 100 && abs(told.left - (99 - index)) <= 1, "\(told)")
            }
        }
    }

    @Test("past its limit a token is told so where it is refused for another reason too, and 429 tells the limit")
    func spent() async throws {
        try await withServer { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            for _ in 0..<101 { _ = try await server.get("/api/v1/tokens", headers: .bearer(secret)) }
            let refused = try await server.get("/api/v1/tokens", headers: .bearer(secret))
            #expect(refused.status == .tooManyRequests && refused.error == "rate_limited")
            #expect(try told(refused).limit == 100 && told(refused).left == 0)
        }
    }

    @Test("429 quota_exceeded tells the limit of a minute too")
    func quota() async throws {
        var (options, business) = (TestSite.Options(), PlanTerms.business)
        business.callsPerPeriod = 1
        options.plans = PlanCatalog([business])
        try await withServer(options) { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            _ = try await server.get("/api/v1/me", headers: .bearer(secret))
            try await server.provider.apiTokens.flushUses()
            let refused = try await server.get("/api/v1/me", headers: .bearer(secret))
            #expect(refused.error == "quota_exceeded")
            #expect(try told(refused).limit == 100)
        }
    }

    @Test("400, 401, 404, 405, 413 and 415 tell the limit of the address, each spending one")
    func addressLimit() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let secret = try await server.mint(by: try await server.admin("eve@example.org")).secret
            let path = "/api/v1/organizations"
            let before = try told(try await server.get("/api/v1/me", headers: .bearer(ada.access))).left
            let large = Array(repeating: UInt8(ascii: "x"), count: Edge.maximumBodyBytes + 1)
            let text: HTTPFields = [.contentType: "text/plain", .authorization: "Bearer " + ada.access]
            let answers = [
                try await server.call(.post, path, "{", by: ada),
                try await server.get("/api/v1/me", headers: .bearer("nothing")),
                try await server.get("/api/v1/nothing", headers: .bearer(secret)),
                try await server.send(.put, "/api/v1/me", headers: .bearer(secret)),
                try await server.send(.post, path, headers: .bearer(ada.access), body: large),
                try await server.send(.post, path, headers: text, body: Array("{}".utf8)),
            ]
            #expect(answers.map(\.status.code) == [400, 401, 404, 405, 413, 415])
            for (index, answer) in answers.enumerated() {
                let told = try told(answer)
                #expect(told.limit == 1_200 && abs(told.left - (before - 1 - index)) <= 1, "\(told)")
            }
        }
    }
}
