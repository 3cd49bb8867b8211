import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JOSE
import NIOCore
import Synchronization
import Testing

@testable import latchkey

/// A server on a loopback socket that answers as a script says and remembers what it was asked. It stands for servers
/// that misbehave, which the real one cannot be asked to.
final class ScriptedServer: Sendable {
    struct Call: Sendable {
        let path: String
        let body: JSONObject
        let bearer: String?
        let idempotencyKey: String?
        let userAgent: String?
    }

    enum Answer: Sendable {
        case json(Int, JSONObject)
        case empty(Int)
        case text(Int, String)
        /// Does not answer while this runs.
        case never(@Sendable () async -> Void)
    }

    private let record = Mutex<[Call]>([])
    let issuer: Issuer

    private init(issuer: Issuer) { self.issuer = issuer }

    var calls: [Call] { record.withLock { $0 } }

    func calls(to path: String) -> [Call] { calls.filter { $0.path == path } }

    /// - Parameter script: what to answer to a call, given how many times its path was asked before.
    static func run<Result: Sendable>(
        _ script: @escaping @Sendable (Call, Int) async -> Answer,
        _ body: @escaping @Sendable (ScriptedServer) async throws -> Result
    ) async throws -> Result {
        let current = Mutex<ScriptedServer?>(nil)
        let app = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
                guard let server = current.withLock({ $0 }) else { return Response(status: .internalServerError) }
                return try await server.respond(to: request, script)
            })
        return try await app.test(.live) { client in
            let port = try #require(client.port)
            let server = ScriptedServer(issuer: try #require(Issuer.local(port: port)))
            current.withLock { $0 = server }
            return try await body(server)
        }
    }

    private static func fields(of form: [UInt8]) -> JSONObject {
        var object = JSONObject()
        for item in URLComponents(string: "?" + String(decoding: form, as: UTF8.self))?.queryItems ?? [] {
            object[item.name] = item.value.map(JSONValue.string)
        }
        return object
    }

    private func respond(
        to request: Request, _ script: @Sendable (Call, Int) async -> Answer
    ) async throws -> Response {
        let bytes = Array(try await request.body.collect(upTo: 65_536).readableBytesView)
        let isForm = request.headers[.contentType] == "application/x-www-form-urlencoded"
        let json = isForm ? Self.fields(of: bytes) : bytes.isEmpty ? nil : try JSONValue.parse(bytes).object
        let bearer = request.headers[.authorization].map { String($0.dropFirst("Bearer ".count)) }
        let key = HTTPField.Name("Idempotency-Key").flatMap { request.headers[$0] }
        let call = Call(
            path: request.uri.path, body: json ?? JSONObject(), bearer: bearer, idempotencyKey: key,
            userAgent: request.headers[.userAgent])
        let before = record.withLock { calls in
            defer { calls.append(call) }
            return calls.count { $0.path == call.path }
        }
        switch await script(call, before) {
        case .empty(let status): return Response(status: .init(code: status))
        case .text(let status, let text):
            return Response(status: .init(code: status), body: .init(byteBuffer: ByteBuffer(string: text)))
        case .json(let status, let object):
            let bytes = JSONValue.object(object).serialized()
            return Response(
                status: .init(code: status), headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        case .never(let wait):
            await wait()
            return Response(status: .serviceUnavailable)
        }
    }
}
