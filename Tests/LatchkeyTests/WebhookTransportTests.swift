import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Identity
import JOSE
import LatchkeyVerifier
import NIOCore
import Synchronization
import Testing

@testable import Identity
@testable import latchkey

/// Messages on their way to a real socket: whom they reach, and whom never.
@Suite("Sending to webhooks")
struct WebhookTransportTests {
    /// An endpoint on loopback that counts who comes.
    private final class Endpoint: Sendable {
        let requests = Mutex<[Request]>([])
        var count: Int { requests.withLock { $0.count } }

        static func run(
            _ answer: @escaping @Sendable (Request) async throws -> Response,
            _ body: @escaping @Sendable (Endpoint, Int) async throws -> Void
        ) async throws {
            let endpoint = Endpoint()
            let app = Application(
                responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
                    endpoint.requests.withLock { $0.append(request) }
                    return try await answer(request)
                })
            try await app.test(.live) { client in try await body(endpoint, try #require(client.port)) }
        }
    }

    private func message(to url: String) throws -> WebhookMessage {
        let delivery = WebhookDelivery(
            id: .init(rawValue: 1), webhook: .init(rawValue: 1), organization: .init(rawValue: 1), messageID: "evt_1",
            event: "webhook.test", body: #"{"type":"webhook.test"}"#, state: .waiting, attempts: 1, replayOf: nil,
            createdAt: .now)
        return WebhookMessage(
            delivery, to: try WebhookURL.parse(url, allowsLoopback: true).get(),
            secrets: [WebhookSecret(random: .system)], at: .now)
    }

    private func cause(_ answer: WebhookAnswer) -> String {
        if case .failed(let cause) = answer { cause } else { "" }
    }

    @Test("a message arrives with its headers, and of a long answer the first bytes come back")
    func arrives() async throws {
        try await Endpoint.run { _ in
            Response(
                status: .accepted, body: .init(byteBuffer: ByteBuffer(string: String(repeating: "x", count: 300_000))))
        } _: { endpoint, port in
            let sent = try message(to: "http://127.0.0.1:\(port)/hook?a=b")
            let answer = await HTTPWebhooks(allowsLoopback: true).post(sent)
            #expect(answer == .answered(status: 202, body: String(repeating: "x", count: 1_024)))
            let request = try #require(endpoint.requests.withLock { $0.first })
            #expect(request.uri.string == "/hook?a=b" && request.method == .post)
            for header in sent.headers {
                let name = try #require(HTTPField.Name(header.name))
                #expect(request.headers[name] == header.value)
            }
        }
    }

    @Test("a redirect is an answer, and is not followed")
    func redirect() async throws {
        try await Endpoint.run { _ in
            Response(status: .temporaryRedirect, headers: [.location: "/elsewhere"])
        } _: { endpoint, port in
            let answer = await HTTPWebhooks(allowsLoopback: true).post(
                try message(to: "http://127.0.0.1:\(port)/"))
            #expect(answer.status == 307 && answer.cause?.contains("Redirects are not followed") == true)
            #expect(endpoint.count == 1)
        }
    }

    @Test("a name is connected to at the address that was looked at, with its own name in the request")
    func pinned() async throws {
        try await Endpoint.run { _ in
            Response(status: .ok)
        } _: { endpoint, port in
            let asked = Mutex(0)
            var transport = HTTPWebhooks(allowsLoopback: true)
            // A resolver that would lead elsewhere the second time.
            transport.resolve = { _ in
                asked.withLock { $0 += 1 }
                return .success(asked.withLock { $0 } == 1 ? ["127.0.0.1"] : ["192.0.2.1"])
            }
            let answer = await transport.post(try message(to: "http://localhost:\(port)/"))
            #expect(answer.status == 200 && asked.withLock { $0 } == 1)
            #expect(endpoint.requests.withLock { $0.first?.head.authority }?.hasPrefix("localhost") == true)
        }
    }

    @Test(
        "nothing at all is sent where an address is not of the public internet, be it one of many",
        arguments: [
            ["127.0.0.1"], ["::1"], ["1.1.1.1", "127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"],
            ["64:ff9b::7f00:1"], ["fe80::1%lo"], ["fd00::1"], ["0.0.0.0"],
        ])
    func refused(addresses: [String]) async throws {
        try await Endpoint.run { _ in
            Response(status: .ok)
        } _: { endpoint, port in
            var transport = HTTPWebhooks(allowsLoopback: false)
            transport.resolve = { _ in .success(addresses) }
            let answer = await transport.post(try message(to: "https://hooks.example.com:\(port)/"))
            #expect(cause(answer).contains("Nothing was sent."), "\(answer)")
            #expect(endpoint.count == 0)
        }
    }

    @Test("a URL with an inner address that was stored in development mode is refused outside of it")
    func storedBefore() async throws {
        try await Endpoint.run { _ in
            Response(status: .ok)
        } _: { endpoint, port in
            for host in ["127.0.0.1", "localhost"] {
                let answer = await HTTPWebhooks(allowsLoopback: false).post(
                    try message(to: "http://\(host):\(port)/"))
                #expect(cause(answer).contains("Nothing was sent."), "\(answer)")
            }
            #expect(endpoint.count == 0)
        }
    }

    @Test("who has no address, or does not listen, is named as the cause")
    func unreachable() async throws {
        var transport = HTTPWebhooks(allowsLoopback: true)
        transport.resolve = { _ in .failure(.init(reason: "Name or service not known")) }
        let nobody = await transport.post(try message(to: "https://gone.example.com/"))
        #expect(cause(nobody) == "gone.example.com has no address: Name or service not known.")
        let closed = await HTTPWebhooks(allowsLoopback: true).post(try message(to: "http://127.0.0.1:1024/"))
        #expect(cause(closed).hasPrefix("No answer: "), "\(closed)")
    }
}
