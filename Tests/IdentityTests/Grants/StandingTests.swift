import Testing

@testable import Identity

@Suite("Standing")
struct StandingTests {
    private let api = ResourceServer.example.identifier
    private let scopes: ScopeSet = ["jobs:read"]

    @Test("is given when user, membership, client and scopes are")
    func given() {
        #expect(Standing.example().refusal(for: scopes, audience: nil) == nil)
        #expect(Standing.example().refusal(for: scopes, audience: api) == nil)
        for role in Role.allCases {
            #expect(Standing.example(role: role).refusal(for: scopes, audience: api) == nil)
        }
    }

    @Test("says what is missing, the person first")
    func missing() {
        let disabled = Client.example(scopes: [], disabledAt: .start)
        var standing = Standing.example(client: disabled, userIsEnabled: false, role: nil)
        #expect(standing.refusal(for: scopes, audience: "https://x.example") == .userDisabled)
        standing = .example(client: disabled, role: nil)
        #expect(standing.refusal(for: scopes, audience: "https://x.example") == .notAMember)
        standing = .example(client: disabled)
        #expect(standing.refusal(for: scopes, audience: "https://x.example") == .clientDisabled)
        standing = .example(client: .example(scopes: []))
        #expect(standing.refusal(for: scopes, audience: "https://x.example") == .audienceUnknown)
        #expect(standing.refusal(for: scopes, audience: api) == .scopeWithdrawn("jobs:read"))
    }

    @Test("counts only the scopes of the audience that was asked for")
    func audience() {
        let other = ResourceServer(identifier: "https://other.example", name: "Other", scopes: [Scope("mail:read", "")])
        let standing = Standing.example(catalog: ScopeCatalog(servers: [.example, other]))
        #expect(standing.refusal(for: ["jobs:read", "mail:read"], audience: nil) == nil)
        #expect(standing.refusal(for: ["jobs:read", "mail:read"], audience: api) == .scopeWithdrawn("mail:read"))
        #expect(standing.refusal(for: ["mail:read"], audience: other.identifier) == nil)
    }

    @Test("a request that names no scope is for all that the client may have")
    func requested() {
        let all = Client.example()
        #expect(all.requestedScopes(nil, audience: nil, catalog: .example).map(\.names) == .success(every))
        #expect(all.requestedScopes([], audience: api, catalog: .example).map(\.names) == .success(every))
        let some = Client.example(scopes: ["jobs:write", "jobs:read", "gone:read"])
        let granted = some.requestedScopes(nil, audience: api, catalog: .example)
        #expect(granted.map(\.names) == .success(["jobs:read", "jobs:write"]))
    }

    @Test("a request for a scope outside the client's or the catalog's is refused by its name")
    func excess() {
        let client = Client.example(scopes: ["jobs:read", "gone:read"])
        for scope in ["bills:read", "gone:read", "no:such", "JOBS:READ"] {
            let answer = client.requestedScopes(["jobs:read", scope], audience: nil, catalog: .example)
            #expect(answer == .failure(.scopeNotAllowed(scope)))
        }
        let answer = client.requestedScopes(["jobs:read"], audience: "https://x.example", catalog: .example)
        #expect(answer == .failure(.audienceUnknown))
    }

    private let every = ["bills:read", "jobs:read", "jobs:write"]
}
