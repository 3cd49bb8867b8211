import HTTPTypes
import Hummingbird
import Identity
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("What the example APIs say of themselves")
struct MetadataTests {
    @Test("every API serves its metadata to anyone, without its envelope, with exactly its scopes")
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

    @Test("every API has the audience and the scopes that a Latchkey in development mode declares")
    func declared() throws {
        for api in Examples.all {
            let server = try #require(
                ExampleResourceServers.all.first { $0.identifier == api.audience }, "\(api.name)")
            #expect(api.scopes.map(\.scope) == server.scopes.map(\.name))
            #expect(api.title == server.name)
        }
    }

    @Test("a token for another API is refused by every one")
    func audience() async throws {
        for api in Examples.all { try await refusesOthers(api) }
    }

    private func refusesOthers<API: ExampleAPI>(_ type: API.Type) async throws {
        let issuer = try TestIssuer(audience: API.audience)
        let token = try issuer.token(API.scopes.map(\.scope), ["aud": .string("https://api.example.com")])
        let paths = try withDirectory { directory in
            try APIServer.routes(
                API(directory.database(of: API.name)), ProtectedResource(API.audience, issuer: TestIssuer.url),
                BearerAuthentication(issuer.verifier())
            ).routes.filter { $0.method == .get }.map { "\($0.path)" }.filter { $0.hasPrefix(API.basePath) }
        }
        #expect(!paths.isEmpty)
        try await withAPI(API.self, issuer) { client in
            for path in paths {
                let answer = try await client.get(String(path.dropFirst(API.basePath.count)), token)
                #expect(answer.status == 401, "\(API.name) \(path)")
            }
        }
    }
}

extension TestClient {
    /// A `GET` outside the API's own path.
    func atRoot(_ path: String) async throws -> Reply {
        try await TestClient(client: client, base: "", database: database, clock: clock).get(path, nil)
    }
}
