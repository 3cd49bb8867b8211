import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird
import Testing

@testable import ExampleAPIs

/// A route as the document of an API has it.
struct DocumentedRoute: Sendable {
    let method: HTTPRequest.Method
    /// Below the API's own path, with parameters in braces.
    let path: String
    /// Nil: any good token.
    let scope: String?

    init(_ method: HTTPRequest.Method, _ path: String, _ scope: String? = nil) {
        self.method = method
        self.path = path
        self.scope = scope
    }

    /// The path with something in place of its parameter.
    func path(with identifier: String) -> String {
        path.replacing(/\{\w+\}/, with: identifier)
    }
}

/// What is asked of every API's routes.
enum RouteTable {
    /// Exactly these routes exist, besides the metadata.
    static func check<API: ExampleAPI>(_ type: API.Type, has table: [DocumentedRoute]) async throws {
        let issuer = try TestIssuer(audience: API.audience)
        let routes = try withDirectory { directory in
            let resource = try ProtectedResource(API.audience, issuer: TestIssuer.url)
            return try APIServer.routes(
                API(directory.database(of: API.name)), resource, BearerAuthentication(issuer.verifier())
            ).routes.map { "\($0.method) \($0.path)" }
        }
        let metadata = "GET /.well-known/oauth-protected-resource"
        #expect(
            routes.filter { $0 != metadata }.sorted()
                == table.map { "\($0.method) \(API.basePath)\($0.path)" }.sorted())
    }

    /// docs/examples.md has the same table below the name of the API.
    static func checkDocument<API: ExampleAPI>(_ type: API.Type, _ table: [DocumentedRoute]) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/examples.md")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        let section = lines.drop { $0 != "## \(API.title)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
        let rows = section.drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") }.dropFirst(2)
        let documented = rows.flatMap { row in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
            let scopes = cells[2].matches(of: /`([\w:]+)`/).map { String($0.1) }
            return cells[1].matches(of: /`([A-Z]+ [^`]+)`/).enumerated().map { number, route in
                // One scope for all of a row, or one for each; none: any token.
                "\(route.1) \(scopes.count > 1 ? scopes[number] : scopes.first ?? "any token")"
            }
        }
        #expect(
            documented.sorted() == table.map { "\($0.method) \($0.path) \($0.scope ?? "any token")" }.sorted())
    }

    /// Every route refuses no token and a foreign one with 401, and a token with all scopes but its own with 403.
    static func checkScopes<API: ExampleAPI>(
        _ type: API.Type, _ table: [DocumentedRoute], message: @escaping @Sendable (Reply) -> String?
    ) async throws {
        let issuer = try TestIssuer(audience: API.audience)
        let stranger = try TestIssuer(audience: API.audience)
        let all = API.scopes.map(\.scope)
        let forged = try stranger.token(all)
        try await withAPI(API.self, issuer) { client in
            for (number, route) in table.enumerated() {
                let path = route.path(with: "x")
                let bare = try await client.send(route.method, path, nil, body: "{}")
                #expect(bare.status == 401, "\(route)")
                #expect(bare["WWW-Authenticate"]?.hasPrefix("Bearer ") == true, "\(route)")
                #expect(try await client.send(route.method, path, forged, body: "{}").status == 401, "\(route)")
                // A login for each route, so that no limit is met.
                guard let scope = route.scope else { continue }
                let token = try issuer.token(all.filter { $0 != scope }, login: "grt_\(number)")
                let refused = try await client.send(route.method, path, token, body: "{}")
                #expect(refused.status == 403, "\(route)")
                #expect(message(refused) == "This token is missing the required scope: \(scope).", "\(route)")
                #expect(refused["WWW-Authenticate"]?.contains("scope=\"\(scope)\"") == true, "\(route)")
            }
        }
    }
}
