import HTTPTypes
import Hummingbird
import HummingbirdTesting
import LatchkeyHummingbird
import NIOCore
import Synchronization

typealias TestRouter = Router<BasicBearerRequestContext>

/// A clock that stands still until it is moved.
final class TestClock: Sendable {
    private let time = Mutex(TestIssuer.now)

    var now: Instant { time.withLock { $0 } }

    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// What came back.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let text: String

    subscript(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

    /// The member at the end of a path.
    func string(_ path: String...) -> String? {
        var value = try? JSONValue.parse(Array(text.utf8))
        for name in path { value = value?.object?[name] }
        return value?.string
    }
}

/// Sends raw requests to a router.
struct TestClient: Sendable {
    let client: any TestClientProtocol

    func send(
        _ method: HTTPRequest.Method, _ path: String, bearer: String? = nil, _ fields: [(String, String)] = [],
        body: String? = nil
    ) async throws -> Answer {
        var headers = HTTPFields()
        if let bearer { headers[.authorization] = "Bearer \(bearer)" }
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { headers.append(HTTPField(name: name, value: value)) }
        }
        let response = try await client.executeRequest(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return Answer(
            status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }

    func get(_ path: String, bearer: String? = nil, _ fields: [(String, String)] = []) async throws -> Answer {
        try await send(.get, path, bearer: bearer, fields)
    }

    func post(
        _ path: String, bearer: String? = nil, key: String? = nil, _ body: String = ""
    ) async throws -> Answer {
        try await send(.post, path, bearer: bearer, key.map { [("Idempotency-Key", $0)] } ?? [], body: body)
    }
}

/// Runs a test against the routes that it adds to a router.
func withRouter<Value: Sendable>(
    _ build: (TestRouter) throws -> Void, _ test: @escaping @Sendable (TestClient) async throws -> Value
) async throws -> Value {
    let router = TestRouter(context: BasicBearerRequestContext.self)
    try build(router)
    return try await Application(router: router).test(.router) { try await test(TestClient(client: $0)) }
}

extension BearerAuthentication {
    /// At the time of the tests.
    init(testing verifier: TokenVerifier, resource: ProtectedResource? = nil, _ clock: TestClock = TestClock()) {
        self.init(verifier, resource: resource) { clock.now }
    }
}
