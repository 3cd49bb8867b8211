import HTTPTypes
import Foundation
import JOSE
import Testing

@testable import IdentityHTTP

@Suite("docs/openapi.yaml tells the truth")
struct OpenAPITests {
    private var file: [UInt8] {
        get throws {
            let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().deletingLastPathComponent()
            return Array(try Data(contentsOf: root.appending(path: "docs/openapi.yaml")))
        }
    }

    private var document: JSONObject {
        get throws { try #require(try JSONValue.parse(file).object) }
    }

    private static let methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    /// `GET /healthz`, with its operation.
    private func operations() throws -> [String: JSONObject] {
        var operations: [String: JSONObject] = [:]
        for path in try #require(try document["paths"]?.object).members {
            for method in try #require(path.value.object).members where Self.methods.contains(method.name) {
                operations["\(method.name.uppercased()) \(path.name)"] = method.value.object
            }
        }
        return operations
    }

    private func withDevelopmentServer(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        var options = TestSite.Options()
        options.isDevelopment = true
        try await withServer(options, body)
    }

    @Test("every route but the pages is in it, and no other is")
    func routes() async throws {
        let listed = Set(try operations().keys)
        try await withDevelopmentServer { server in
            let routes = Set(
                server.endpoints.routes.filter(\.isDescribed).map { "\($0.method.rawValue) \($0.path)" })
            #expect(routes.count > 40)
            #expect(routes.subtracting(listed).sorted() == [], "in the code, not in the document")
            #expect(listed.subtracting(routes).sorted() == [], "in the document, not in the code")
        }
    }

    @Test("who may call is told as it is: a bearer exactly where one is asked for, an Idempotency-Key where it counts")
    func access() async throws {
        let operations = try operations()
        try await withDevelopmentServer { server in
            for route in server.endpoints.routes where route.isDescribed {
                let name = "\(route.method.rawValue) \(route.path)"
                let operation = try #require(operations[name])
                let security = try #require(operation["security"]?.array).compactMap(\.object)
                let isForBearers = security.map { $0.members.map(\.name) } == [["bearer"]]
                #expect(isForBearers == (route.access == .bearer), "\(name)")
                let text = String(decoding: JSONValue.object(operation).serialized(), as: UTF8.self)
                if route.access == .bearer {
                    #expect(text.contains("parameters/idempotencyKey") == (route.method != .get), "\(name)")
                }
                #expect(text.contains("RateLimited") == (route.rate != .none), "\(name)")
                for parameter in route.path.matches(of: /{(\w+)}/).map(\.1) {
                    #expect(text.contains(#""name":"\#(parameter)","in":"path""#), "\(name)")
                }
            }
        }
    }

    @Test("every reference leads somewhere, and no operation has the name of another")
    func references() throws {
        let document = try document
        var references: [String] = []
        func look(_ value: JSONValue) {
            for member in value.object?.members ?? [] {
                if member.name == "$ref", let text = member.value.string { references.append(text) }
                look(member.value)
            }
            for item in value.array ?? [] { look(item) }
        }
        look(.object(document))
        for reference in Set(references) {
            let place = reference.split(separator: "/").dropFirst().reduce(JSONValue.object(document) as JSONValue?) {
                $0?.object?[String($1)]
            }
            #expect(place != nil, "\(reference)")
        }
        let operations = try operations()
        let names = operations.values.compactMap { $0["operationId"]?.string }
        #expect(Set(names).count == operations.count && names.count == operations.count)
    }

    @Test("it is served to the byte, and not again to who has it")
    func served() async throws {
        let file = try file
        try await withServer { server in
            let answer = try await server.get("/openapi.json")
            #expect(answer.status == .ok && answer.headers[.contentType] == "application/json")
            #expect(answer.body == file)
            let tag = try #require(answer.headers[.eTag])
            let again = try await server.get("/openapi.json", headers: [.ifNoneMatch: tag])
            #expect(again.status == .notModified && again.body.isEmpty)
        }
    }
}

extension Route {
    /// All but the pages and what their own scripts ask for.
    fileprivate var isDescribed: Bool { dialect != .page && access != .browser && access != .session }
}
