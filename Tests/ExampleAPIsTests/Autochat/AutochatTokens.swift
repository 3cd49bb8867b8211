import HTTPTypes
import LatchkeyHummingbird

@testable import ExampleAPIs

/// Tokens for autoch.at, and an API in which they are good.
struct AutochatTokens: Sendable {
    let issuer: TestIssuer

    init() throws {
        issuer = try TestIssuer(audience: Autochat.audience)
    }

    /// Of every scope.
    func full(of tenant: String = "org_a") throws -> String {
        try issuer.token(Autochat.scopes.map(\.scope), of: tenant)
    }

    /// Of every scope, and confined to these projects.
    func confined(to projects: [String]) throws -> String {
        try issuer.token(
            Autochat.scopes.map(\.scope), login: "tok_confined",
            ["resources": .object(["projects": .array(projects.map { .string($0) })])])
    }

    /// Runs a test with the API and a token of every scope.
    func withAutochat(
        localWebhooks: Bool = false, _ test: @escaping @Sendable (TestClient, String) async throws -> Void
    ) async throws {
        let token = try full()
        try await withAPI(
            Autochat.self, issuer, make: { database, _ in try Autochat(database, localWebhooks: localWebhooks) }
        ) { try await test($0, token) }
    }
}

extension TestClient {
    func put(_ path: String, _ bearer: String?, _ body: String) async throws -> Reply {
        try await send(.put, path, bearer, body: body)
    }

    func delete(_ path: String, _ bearer: String?) async throws -> Reply {
        try await send(.delete, path, bearer)
    }

    /// Makes something, and tells its name: of `{"data":{"id"}}`, or of `{"id"}`.
    func make(_ path: String, _ bearer: String, _ body: String) async throws -> String {
        let reply = try await post(path, bearer, body)
        return reply.json("data", "id")?.string ?? reply.json("id")?.string ?? "nothing was made: \(reply.text)"
    }

    func invoice(_ bearer: String, rate: String = "100.00") async throws -> String {
        let client = try await make("/clients", bearer, #"{"name": "Ann"}"#)
        return try await make(
            "/invoices", bearer,
            """
            {"client_id": "\(client)", "due_date": "2024-12-31",
             "line_items": [{"description": "Service", "quantity": 1, "rate": \(rate)}]}
            """)
    }
}

extension JSONValue {
    /// A number, however it was written.
    var amount: Double? {
        if case .number(let number) = self { number } else { integer.map { Double($0) } }
    }
}
