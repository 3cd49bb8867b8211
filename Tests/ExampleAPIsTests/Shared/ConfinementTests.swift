import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

@Suite("Tokens that are confined to kinds of things")
struct ConfinementTests {
    private static func token<API: ExampleAPI>(
        _ issuer: TestIssuer, for type: API.Type, _ resources: JSONObject
    ) throws -> String {
        try issuer.token(API.scopes.map(\.scope), login: "tok_confined", ["resources": .object(resources)])
    }

    private static let misspelt: [JSONObject] = [
        ["project": .array([.string("typo")])], ["Projects": .array([.string("prj_1")])],
        ["project": .array([]), "task": .array([.string("x")])],
    ]

    @Test("a token that is confined to kinds that an API does not know opens nothing there, on any route")
    func unknownKinds() async throws {
        for api in Examples.all { try await refusesUnknown(api) }
    }

    private func refusesUnknown<API: ExampleAPI>(_ type: API.Type) async throws {
        let issuer = try TestIssuer(audience: API.audience)
        let routes: [(method: HTTPRequest.Method, path: String)] = try withDirectory { directory in
            try APIServer.routes(
                API(directory.database(of: API.name)), ProtectedResource(API.audience, issuer: TestIssuer.url),
                BearerAuthentication(issuer.verifier())
            ).routes.map { (method: $0.method, path: "\($0.path)") }.filter { $0.path.hasPrefix(API.basePath) }
        }
        #expect(routes.count > 5)
        for resources in Self.misspelt {
            let token = try Self.token(issuer, for: API.self, resources)
            // An API of its own for each, so that no limit is met.
            try await withAPI(API.self, issuer) { client in
                for route in routes {
                    let path = String(route.path.dropFirst(API.basePath.count))
                    let answer = try await client.send(route.method, path, token, body: "{}")
                    #expect(answer.status == 403, "\(API.name) \(route.method) \(path): \(answer.text)")
                    #expect(answer.code?.lowercased() == "forbidden_resource")
                    let named = resources.members.map(\.name).sorted().joined(separator: ", ")
                    #expect(answer.json("error", "message")?.string?.contains(named) == true, "\(answer.text)")
                }
            }
        }
    }

    @Test("a token that is confined to projects is for the APIs that have projects, whatever else it names")
    func knownKinds() async throws {
        let resources: JSONObject = ["projects": .array([.string("prj_1")]), "boats": .array([.string("b")])]
        for api in Examples.all { try await check(api, resources) }
    }

    private func check<API: ExampleAPI>(_ type: API.Type, _ resources: JSONObject) async throws {
        let issuer = try TestIssuer(audience: API.audience)
        let token = try Self.token(issuer, for: API.self, resources)
        let paths = ["crewkeel": "/jobs", "calkeep": "/contacts", "autochat": "/projects", "craftdesk": "/projects"]
        let path = try #require(paths[API.name])
        try await withAPI(API.self, issuer) { client in
            let answer = try await client.get(path, token)
            #expect(answer.status == (API.kinds.isEmpty ? 403 : 200), "\(API.name): \(answer.text)")
        }
    }
}
