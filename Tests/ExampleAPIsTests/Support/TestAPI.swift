import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LatchkeyHummingbird
import NIOCore
import Synchronization

@testable import ExampleAPIs

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let time = Mutex(TestIssuer.now)

    var now: Instant { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// What came back.
struct Reply: Sendable {
    let status: Int
    let headers: HTTPFields
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }

    subscript(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The value at the end of a path of names and of numbers of elements: `json("jobs", "0", "id")`.
    func json(_ path: String...) -> JSONValue? {
        var value = try? JSONValue.parse(bytes)
        for name in path {
            if let number = Int(name), let list = value?.array {
                value = list.indices.contains(number) ? list[number] : nil
            } else {
                value = value?.object?[name]
            }
        }
        return value
    }

    /// `error.code`
    var code: String? { json("error", "code")?.string }
}

/// Sends raw requests to the router of an API.
struct TestClient: Sendable {
    let client: any TestClientProtocol
    let base: String
    let database: DatabaseQueue
    let clock: TestClock

    func send(
        _ method: HTTPRequest.Method, _ path: String, _ bearer: String?, _ fields: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Reply {
        var headers = HTTPFields()
        if let bearer { headers[.authorization] = "Bearer \(bearer)" }
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        let response = try await client.executeRequest(
            uri: base + path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return Reply(
            status: response.status.code, headers: response.headers, bytes: Array(buffer: response.body))
    }

    func get(_ path: String, _ bearer: String?, _ fields: [(String, String)] = []) async throws -> Reply {
        try await send(.get, path, bearer, fields)
    }

    func post(_ path: String, _ bearer: String?, _ body: String, _ fields: [(String, String)] = []) async throws
        -> Reply
    {
        try await send(.post, path, bearer, fields, body: body)
    }

    func patch(_ path: String, _ bearer: String?, _ body: String) async throws -> Reply {
        try await send(.patch, path, bearer, body: body)
    }
}

/// Runs a test against an API: its real router, a database file of its own, and the issuer's tokens.
///
/// - Parameter make: makes the API, where it takes more than its database.
func withAPI<API: ExampleAPI, Value: Sendable>(
    _ type: API.Type, _ issuer: TestIssuer, introspected: JSONObject? = nil,
    make: (DatabaseQueue, TestClock) throws -> API = { database, _ in try API(database) },
    _ test: @escaping @Sendable (TestClient) async throws -> Value
) async throws -> Value {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    let database = try DataDirectory(path: directory.path).database(of: API.name)
    let clock = TestClock()
    let resource = try ProtectedResource(
        API.audience, issuer: TestIssuer.url, scopes: API.scopes.map(\.scope), name: API.title)
    let authentication = BearerAuthentication<BasicBearerRequestContext>(
        issuer.verifier(introspected: introspected), resource: resource
    ) { clock.now }
    let router = APIServer.router(try make(database, clock), resource, authentication)
    return try await Application(router: router).test(.router) { client in
        try await test(TestClient(client: client, base: API.basePath, database: database, clock: clock))
    }
}

/// A directory that is there for a test.
struct TemporaryDirectory {
    let path: String

    init() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "examples-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }
}

/// Runs a test with databases that are there for it.
func withDirectory<Value>(_ test: (DataDirectory) throws -> Value) throws -> Value {
    let directory = try TemporaryDirectory()
    defer { directory.remove() }
    return try test(DataDirectory(path: directory.path))
}
