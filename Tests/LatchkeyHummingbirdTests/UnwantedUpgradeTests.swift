import Hummingbird
import HummingbirdCore
import HummingbirdTesting
import LatchkeyHummingbird
import NIOEmbedded
import TestConnections
import Testing

@Suite("Offers of another protocol")
struct UnwantedUpgradeTests {
    private static let get = "GET /jobs HTTP/1.1\r\nHost: localhost\r\n"
    private static let post = "POST /jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"
    /// As Java's client sends it with each request to an address without TLS (RFC 7540 §3.2).
    private static let offer =
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"

    /// An API on Hummingbird, and a socket to it.
    private func connected<Value: Sendable>(
        _ test: @escaping @Sendable (RawConnection) async throws -> Value
    ) async throws -> Value {
        let router = Router()
        router.get("jobs") { _, _ in "none" }
        router.post("jobs") { request, _ in
            String(buffer: try await request.body.collect(upTo: 100))
        }
        let application = Application(
            router: router, server: .http1(configuration: .init(additionalChannelHandlers: [UnwantedUpgrade()])))
        return try await application.test(.live) { client in
            try await test(RawConnection(port: try #require(client.port)))
        }
    }

    /// The head and the body of each answer, in order.
    private func answers(_ text: String) -> [String] {
        text.split(separator: "HTTP/1.1 ").map(String.init)
    }

    private func isLast(_ answer: String) -> Bool { answer.lowercased().contains("connection: close") }

    @Test(
        "a request with one is answered as if it had none, is told to be the last, and the connection ends",
        arguments: ["GET", "POST"])
    func offered(_ method: String) async throws {
        let (request, body) =
            method == "GET" ? (Self.get + Self.offer + "\r\n", "none") : (Self.post + Self.offer + "\r\ndone", "done")
        try await connected { connection in
            // The one before it is not the last.
            connection.send(Self.get + "\r\n")
            let before = await connection.read(until: "none")
            #expect(before.hasPrefix("HTTP/1.1 200 ") && !isLast(before))
            connection.send(request)
            let answer = try #require(await connection.rest(), "The connection stays open.")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix(body))
            #expect(isLast(answer) && !answer.lowercased().contains("upgrade"))
        }
    }

    @Test("requests sent together are answered up to the one with an offer, and only that is told to be the last")
    func together() async throws {
        try await connected { connection in
            connection.send(Self.get + "\r\n" + Self.get + Self.offer + "\r\n" + Self.get + "\r\n")
            let answers = answers(try #require(await connection.rest(), "The connection stays open."))
            #expect(answers.map { $0.hasPrefix("200 ") && $0.hasSuffix("none") } == [true, true])
            #expect(answers.map(isLast) == [false, true])
        }
    }

    @Test("without an offer a connection takes one request after the other")
    func none() async throws {
        try await connected { connection in
            for _ in 0..<3 {
                connection.send(Self.post + "\r\ndone")
                let answer = await connection.read(until: "done")
                #expect(answer.hasPrefix("HTTP/1.1 200 ") && !isLast(answer))
            }
        }
    }

    @Test("where there is no decoder of HTTP/1.1, as in a stream of HTTP/2, the channel is left as it is")
    func elsewhere() throws {
        let channel = EmbeddedChannel()
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(UnwantedUpgrade())
        #expect(throws: (any Error).self) { try pipeline.handler(type: UnwantedUpgrade.self) }
        try channel.writeInbound("untouched")
        #expect(try channel.readInbound(as: String.self) == "untouched")
    }
}
