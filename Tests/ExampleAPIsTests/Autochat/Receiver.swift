import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Synchronization

/// An endpoint of the test's own, on a real port, that remembers what it is sent.
final class Receiver: Sendable {
    struct Message: Sendable {
        let headers: HTTPFields
        let body: String

        subscript(_ name: String) -> String { HTTPField.Name(name).flatMap { headers[$0] } ?? "" }
    }

    private let received = Mutex<[Message]>([])
    private let isOver = Mutex(false)

    var messages: [Message] { received.withLock { $0 } }

    /// Runs a test with its URL. `/taken` answers 204, `/status/410` what it says, `/away` leads to `/taken`, and
    /// `/silent` is not answered before the test is over.
    func listen(_ test: @escaping @Sendable (_ url: String) async throws -> Void) async throws {
        let router = Router()
        router.post("taken") { request, context in
            let body = try await request.body.collect(upTo: 100_000)
            self.received.withLock { $0.append(Message(headers: request.headers, body: String(buffer: body))) }
            return HTTPResponse.Status.noContent
        }
        router.post("status/{code}") { _, context in
            HTTPResponse.Status(code: context.parameters.get("code", as: Int.self) ?? 500)
        }
        router.post("away") { _, _ in
            Response(status: .temporaryRedirect, headers: [.location: "/taken"])
        }
        router.post("silent") { _, _ in
            while !self.isOver.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(20)) }
            return HTTPResponse.Status.noContent
        }
        try await Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
            .test(.live) { client in
                defer { self.isOver.withLock { $0 = true } }
                try await test("http://127.0.0.1:\(client.port ?? 0)")
            }
    }

    /// Waits for messages that are sent beside an answer.
    func wait(for count: Int) async throws {
        for _ in 0..<500 where messages.count < count { try await Task.sleep(for: .milliseconds(20)) }
    }
}
