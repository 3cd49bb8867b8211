import HTTPTypes
import HummingbirdTesting
import Identity
import TestConnections
import Testing

@testable import IdentityHTTP

/// security.md, "Sessions, CSRF, pages", last row: what only a socket can send. Time and memory stay bounded, and others
/// are served meanwhile.
struct SocketTests {
    private let live = TestSite.Options(transport: .live)

    private func raw(_ server: TestServer) throws -> RawConnection {
        try RawConnection(port: try #require(server.client.port))
    }

    @Test("a chunked body that grows past 64 KiB is 413, and the connection is told to end")
    func chunkedBody() async throws {
        try await withServer(live) { server in
            let connection = try raw(server)
            connection.send(
                "POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            let chunk = "4000\r\n" + String(repeating: "x", count: 0x4000) + "\r\n"
            for _ in 0..<5 { connection.send(chunk) }
            let answer = await connection.read(until: "\r\n\r\n{")
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("Connection: close") || answer.contains("connection: close"))
            #expect(try await server.get("/healthz").status == .ok)
        }
    }

    @Test(
        "a body that trickles in is given up after 30 seconds, wherever it is sent",
        arguments: [
            "POST /api/v1/auth/refresh", "POST /nowhere", "GET /login", "PUT /login", "POST /oauth/token",
        ])
    func slowBody(_ line: String) async throws {
        try await withServer(live) { server in
            let connection = try raw(server)
            let looks = server.site.clock.looks
            connection.send("\(line) HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\nx")
            while server.site.clock.looks == looks { await Task.yield() }
            #expect(try await server.get("/healthz").status == .ok)
            server.site.clock.advance(by: .seconds(31))
            connection.send("x")
            let answer = await connection.read(until: "\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
            #expect(answer.lowercased().contains("connection: close"))
        }
    }

    @Test(
        "a request that two servers could read as one or as two is refused or read as one",
        arguments: [
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "Content-Length: 0\r\nContent-Length: 40\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "Content-Length: +0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "Content-Length: 0x0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "X: y\r\n folded: z\r\nContent-Length: -1\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
            "X\u{0}: y\r\nContent-Length: 0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
        ])
    func smuggling(_ rest: String) async throws {
        try await withServer(live) { server in
            let connection = try raw(server)
            connection.send("POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\n" + rest)
            connection.finish()
            let answer = await connection.read(until: "there is no such mark")
            #expect(!answer.contains("200 OK"), "\(answer)")
            #expect(try await server.get("/healthz").status == .ok)
        }
    }

    @Test("TRACE gives nothing back, and a head that never ends is not answered at its length")
    func traceAndHead() async throws {
        try await withServer(live) { server in
            let trace = try raw(server)
            trace.send("TRACE / HTTP/1.1\r\nHost: x\r\nCookie: canary\r\n\r\n")
            let answer = await trace.read(until: "</html>")
            #expect(answer.hasPrefix("HTTP/1.1 405 "))
            #expect(!answer.contains("canary"))
            let endless = try raw(server)
            endless.send("GET / HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "x", count: 200_000))
            let refusal = await endless.read(until: "\r\n\r\n")
            #expect(refusal.isEmpty || refusal.hasPrefix("HTTP/1.1 4"))
            #expect(try await server.get("/healthz").status == .ok)
        }
    }

    @Test("200 connections that wait with half a request do not keep others from being served")
    func idleConnections() async throws {
        try await withServer(live) { server in
            let idle = try (0..<200).map { _ in try raw(server) }
            for connection in idle { connection.send("POST /api/v1/auth/refresh HTTP/1.1\r\nHost: x\r\nContent-Le") }
            let login = try await server.login()
            #expect(try await server.refresh(login.refresh).status == .ok)
            withExtendedLifetime(idle) {}
        }
    }

    @Test("the address in the audit and in the limits is the socket's, not one that a header names")
    func forwardedFor() async throws {
        try await withServer(live) { server in
            let headers: HTTPFields = [
                try #require(HTTPField.Name("X-Forwarded-For")): "203.0.113.9",
                try #require(HTTPField.Name("Forwarded")): "for=203.0.113.9",
            ]
            _ = try await server.magicLink("ada@example.org", headers: headers)
            let own = try await server.number(
                "SELECT count(*) FROM audit_events WHERE event = 'magic_link.requested' AND address = '127.0.0.1'")
            #expect(own == 1)
        }
    }
}
