import LatchkeyHummingbird

@testable import ExampleAPIs

/// Tokens for CraftDesk, and an API in which they are good.
struct CraftDeskTokens: Sendable {
    let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer(audience: CraftDesk.audience)
    }

    static let all = CraftDesk.scopes.map(\.scope)

    /// A key for all of a workspace.
    func full(of tenant: String = "org_a", login: String? = nil) throws -> String {
        try issuer.token(Self.all, of: tenant, login: login)
    }

    /// A key that is confined to these projects.
    func confined(to projects: [String], _ scopes: [String] = all) throws -> String {
        try issuer.token(
            scopes, login: "tok_confined",
            ["resources": .object(["projects": .array(projects.map { .string($0) })])])
    }

    /// Runs a test with the API and a key for everything.
    ///
    /// - Parameter introspected: what the issuer says of the API token `TestIssuer.apiToken`.
    func withCraftDesk(
        introspected: JSONObject? = nil, _ test: @escaping @Sendable (TestClient, String) async throws -> Void
    ) async throws {
        let token = try full()
        try await withAPI(
            CraftDesk.self, issuer, introspected: introspected,
            make: { database, clock in try CraftDesk(database) { clock.now } }
        ) { try await test($0, token) }
    }

    /// What the issuer says of an API token by its plan.
    static func plan(calls: Int64?, exhausted: Bool = false, perMinute: Int64 = 10_000) -> JSONObject {
        [
            "scope": .string(all.joined(separator: " ")),
            "limits": .object([
                "requests_per_minute": .integer(perMinute), "calls_per_period": calls.map { .integer($0) } ?? .null,
                "calls_this_period": .integer(0), "period_ends_at": .string("2027-02-01T00:00:00Z"),
                "exhausted": .bool(exhausted),
            ]),
        ]
    }
}
