import HTTPTypes
import Identity
import JOSE
import Testing

/// What autoch.at's developers were promised of API keys (seed 002), sentence by sentence.
///
/// "Same key returns same result" is in `RepetitionTests` and `APITokensAPITests.repeated`; "cannot access other tenants'
/// data" in `TenancyTests`; "shown only once" in `APITokensAPITests.life`.
@Suite("autoch.at (seed 002)")
struct AutoChatTests {
    private static func header(_ answer: Answer, _ name: String) -> Int64? {
        answer.headers[.init(name) ?? .date].flatMap(Int64.init)
    }

    @Test("rate limit headers are included: the limit, what remains, and when it is whole again")
    func rateLimitHeaders() async throws {
        try await withServer { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            for remaining in [99, 98, 97] {
                let answer = try await server.get("/api/v1/me", headers: .bearer(secret))
                #expect(Self.header(answer, "X-RateLimit-Limit") == 100)
                #expect(Self.header(answer, "X-RateLimit-Remaining") == Int64(remaining))
                let reset = try #require(Self.header(answer, "X-RateLimit-Reset"))
                #expect((server.now.seconds...server.now.seconds + 61).contains(reset))
            }
        }
    }

    @Test(
        "each status means what it says: 401 an invalid key, 403 too little permission, 404 nothing there, 400 malformed"
    )
    func statuses() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let secret = try await server.mint(by: ada).secret
            let wrong = String(secret.dropLast()) + (secret.hasSuffix("0") ? "1" : "0")
            #expect(try await server.get("/api/v1/me", headers: .bearer(wrong)).status == .unauthorized)
            #expect(try await server.get("/api/v1/tokens", headers: .bearer(secret)).status == .forbidden)
            #expect(try await server.call(.get, "/api/v1/tokens/tok_0000000000001", by: ada).status == .notFound)
            #expect(try await server.call(.post, "/api/v1/tokens", #"{"label":1}"#, by: ada).status == .badRequest)
        }
    }

    @Test("keys are given these scopes, and requests without the required one are told so")
    func scopes() async throws {
        let names =
            [
                "clients", "invoices", "quotes", "payments", "products", "projects", "webhooks",
            ].flatMap { ["\($0):read", "\($0):write"] } + ["marketing:write"]
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let all = try await server.mint(by: ada).secret
            let told = try await server.scopes(of: "https://api.autochat.example", for: all)
            #expect(Set(told.keys) == Set(names))
            let quotes = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["quotes:read"]}"#, by: ada
            ).secret
            for name in names {
                #expect(try await server.lets(all, do: name))
                #expect(try await server.lets(quotes, do: name) == (name == "quotes:read"))
            }
        }
    }
}
