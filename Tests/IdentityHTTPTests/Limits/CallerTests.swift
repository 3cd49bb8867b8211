import Database
import HTTPTypes
import HummingbirdTesting
import Identity
import Testing

@testable import IdentityHTTP

/// The caller's address through a real connection from 127.0.0.1: in limits, audit, and what people are shown.
struct CallerTests {
    private let forwardedFor = HTTPField.Name("X-Forwarded-For") ?? .date
    private let forwarded = HTTPField.Name("Forwarded") ?? .date

    private func options(trusting list: String?) -> TestSite.Options {
        TestSite.Options(trustedProxies: list.flatMap { TrustedProxies($0) } ?? .none, transport: .live)
    }

    private func audited(_ server: TestServer) async throws -> [String] {
        try await server.database.read { transaction in
            try transaction.rows("SELECT address FROM audit_events WHERE event = 'magic_link.requested' ORDER BY id")
                .map { try $0.text(0) }
        }
    }

    @Test(
        "headers of anyone but a trusted proxy change neither the audit nor the limit",
        arguments: [nil, "10.0.0.0/8", "::1"])
    func spoofed(list: String?) async throws {
        try await withServer(options(trusting: list)) { server in
            var last: Answer?
            for number in 0..<61 {
                last = try await server.post(
                    "/api/v1/auth/magic_link", json: ["email": "ada\(number)@example.org"],
                    headers: [forwardedFor: "198.51.100.\(number)", forwarded: "for=198.51.100.\(number)"])
            }
            #expect(last?.status == .tooManyRequests, "sixty a minute, however many addresses are made up")
            #expect(Set(try await audited(server)) == ["127.0.0.1"])
        }
    }

    @Test("behind a trusted proxy each caller has a limit of their own, and the audit has their address")
    func believed() async throws {
        try await withServer(options(trusting: "127.0.0.1")) { server in
            for number in 0..<61 {
                let answer = try await server.post(
                    "/api/v1/auth/magic_link", json: ["email": "ada\(number)@example.org"],
                    headers: [forwardedFor: "192.0.2.1, 198.51.100.\(number)"])
                #expect(answer.status == .accepted)
            }
            #expect(Set(try await audited(server)).count == 61)
            #expect(try await audited(server).last == "198.51.100.60")
        }
    }

    @Test("a grant's last used address is the caller's, not the proxy's")
    func grants() async throws {
        try await withServer(options(trusting: "127.0.0.1")) { server in
            let tokens = try await server.login()
            _ = try await server.post(
                "/api/v1/auth/refresh", json: ["refresh_token": tokens.refresh],
                headers: [forwardedFor: "[2001:db8::9]:99"])
            let used = try await server.number("SELECT count(*) FROM grants WHERE last_used_address = '2001:db8::9'")
            #expect(used == 1)
        }
    }

    @Test("X-Forwarded-Host, -Proto and X-Real-IP are never believed, not even of a trusted proxy")
    func otherHeaders() async throws {
        try await withServer(options(trusting: "127.0.0.1")) { server in
            var headers: HTTPFields = [:]
            for (name, value) in [
                ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "http"), ("X-Real-IP", "198.51.100.1"),
                ("Forwarded", "host=evil.example;proto=http"),
            ] { headers[try #require(HTTPField.Name(name))] = value }
            let mail = try await server.magicLink("ada@example.org", headers: headers)
            #expect(try mail.link.hasPrefix("https://id.example.com/"))
            #expect(!mail.message.text.contains("evil"))
            #expect(try await audited(server) == ["127.0.0.1"])
        }
    }
}
