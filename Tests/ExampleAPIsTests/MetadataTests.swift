import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("What the example APIs say of themselves")
struct MetadataTests {
    @Test("every API serves its metadata, without a token and without its envelope, with exactly its scopes")
    func metadata() async throws {
        for api in Examples.all { try await check(api) }
    }

    private func check<API: ExampleAPI>(_ type: API.Type) async throws {
        let issuer = try TestIssuer(audience: API.audience)
        try await withAPI(API.self, issuer) { client in
            let answer = try await client.atRoot("/.well-known/oauth-protected-resource")
            #expect(answer.status == 200)
            #expect(answer.json("resource")?.string == API.audience)
            #expect(answer.json("scopes_supported")?.strings == API.scopes.map(\.scope))
        }
    }
}

extension TestClient {
    /// A `GET` outside the API's own path.
    func atRoot(_ path: String) async throws -> Reply {
        try await TestClient(client: client, base: "", database: database, clock: clock).get(path, nil)
    }
}
