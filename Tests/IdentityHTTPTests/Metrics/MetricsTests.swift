import HTTPTypes
import HummingbirdTesting
import Identity
import JOSE
import TestConnections
import Testing

@testable import IdentityHTTP

@Suite("What is counted")
struct MetricsTests {
    private func refusals(_ of: String, _ reason: String) -> String {
        "latchkey_refusals_total{of=\"\(of)\",reason=\"\(reason)\"}"
    }

    private func requests(_ method: String, _ route: String, _ status: Int) -> String {
        "latchkey_http_requests_total{method=\"\(method)\",route=\"\(route)\",status=\"\(status)\"}"
    }

    @Test("rotations, answers given again and refusals are counted once each, by their reason")
    func refreshes() async throws {
        try await withServer { server in
            let login = try await server.login()
            let next = try Tokens(try await server.refresh(login.refresh, idempotencyKey: "k"))
            _ = try await server.refresh(login.refresh, idempotencyKey: "k")
            #expect(server.metric("latchkey_rotations_total") == "1")
            #expect(server.metric("latchkey_rotation_repeats_total") == "1")
            #expect(server.metric(refusals("refresh", "reused")) == "0")
            _ = try await server.refresh(login.refresh)
            _ = try await server.refresh(next.refresh)
            _ = try await server.refresh("nonsense")
            #expect(server.metric("latchkey_rotations_total") == "1")
            #expect(server.metric(refusals("refresh", "reused")) == "1")
            #expect(server.metric(refusals("refresh", "revoked")) == "1")
            #expect(server.metric(refusals("refresh", "unknown")) == "1")
        }
    }

    @Test("refusals of codes, links, clients and bearers are counted, in the pages too")
    func otherRefusals() async throws {
        try await withServer { server in
            _ = try await server.post("/api/v1/auth/token", json: ["device_code": "lkd_x"])
            _ = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": "x"])
            _ = try await server.refresh("x", as: "nobody")
            _ = try await server.me("nonsense")
            _ = try await server.get("/api/v1/auth/me")
            let browser = TestBrowser(server)
            let mail = try await browser.askForLink("ada@example.org")
            _ = try await browser.post("/login/code", ["code": mail.wrongCode])
            #expect(server.metric(refusals("device", "unknown")) == "1")
            #expect(server.metric(refusals("magic_link", "unknown")) == "1")
            #expect(server.metric(refusals("magic_link", "wrong_code")) == "1")
            #expect(server.metric(refusals("client", "unknown")) == "1")
            #expect(server.metric(refusals("bearer", "invalid")) == "1")
            #expect(server.metric(refusals("bearer", "missing")) == "1")
        }
    }

    @Test("requests are counted by the pattern of their route; what nobody knows is one series, however many paths")
    func routes() async throws {
        try await withServer { server in
            let login = try await server.login()
            for _ in 0..<2 {
                _ = try await server.send(
                    .delete, "/api/v1/auth/sessions/grt_0000000000000", headers: .bearer(login.access))
            }
            #expect(server.metric(requests("DELETE", "/api/v1/auth/sessions/{id}", 404)) == "2")
            let before = server.metricsText.split(separator: "\n").count
            for index in 0..<50 { _ = try await server.get("/nothing/\(index)") }
            _ = try await server.send(.put, "/oauth/token")
            #expect(server.metric(requests("any", "unmatched", 404)) == "50")
            #expect(server.metric(requests("any", "unmatched", 405)) == "1")
            #expect(!server.metricsText.contains("/nothing"))
            #expect(server.metricsText.split(separator: "\n").count == before)
            #expect(server.metric("latchkey_http_requests_in_flight") == "0")
        }
    }

    @Test("a limit that is reached is counted by its class")
    func limits() async throws {
        try await withServer { server in
            for _ in 0..<61 {
                _ = try await server.post("/api/v1/auth/magic_link", json: ["email": "nonsense"])
            }
            #expect(server.metric("latchkey_rate_limited_total{class=\"mail\",scope=\"address\"}") == "1")
            #expect(server.metric(requests("POST", "/api/v1/auth/magic_link", 429)) == "1")
        }
    }

    @Test("queues and tables are measured by looking")
    func gauges() async throws {
        try await withServer { server in
            _ = try await server.login()
            _ = try await server.post("/api/v1/auth/magic_link", json: ["email": "ada@example.org"])
            try await server.provider.gauges.sampleQueues(at: server.now)
            #expect(server.metric("latchkey_mail_messages{state=\"new\"}") == "1")
            #expect(server.metric("latchkey_audit_unsealed_events") != "0")
            while try await server.provider.audit.seal() > 0 {}
            try await server.provider.gauges.sampleQueues(at: server.now)
            #expect(server.metric("latchkey_audit_unsealed_events") == "0")
            try await server.provider.gauges.count(.grants) {}
            #expect(server.metric("latchkey_table_rows{table=\"grants\"}") == "1")
        }
    }
}

@Suite("Who may read the metrics")
struct MetricsAccessTests {
    @Test("without a token: this machine, by its own name, and through no proxy")
    func local() async throws {
        var options = TestSite.Options()
        options.transport = .live
        try await withServer(options) { server in
            let answer = try await server.get("/metrics")
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(answer.text.contains("latchkey_rotations_total 0"))
            for name in ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"] {
                let field = try #require(HTTPField.Name(name))
                let refused = try await server.get("/metrics", headers: [field: "127.0.0.1"])
                #expect(refused.status == .forbidden, "\(name)")
                #expect(!refused.text.contains("latchkey_rotations"))
            }
            let connection = try RawConnection(port: try #require(server.client.port))
            connection.send("GET /metrics HTTP/1.1\r\nHost: id.example.com\r\n\r\n")
            #expect(await connection.read(until: "forbidden").hasPrefix("HTTP/1.1 403 "))
        }
    }

    @Test("a request whose address is not known is not from this machine")
    func unknown() async throws {
        try await withServer { server in
            let answer = try await server.get("/metrics")
            #expect(answer.status == .forbidden)
        }
    }

    @Test("with a token: whoever shows it, and nobody else, this machine neither")
    func token() async throws {
        let token = "correct-horse-battery-staple-correct"
        var options = TestSite.Options()
        options.metricsToken = Secret(token.utf8)
        options.transport = .live
        try await withServer(options) { server in
            #expect(try await server.get("/metrics", headers: .bearer(token)).status == .ok)
            for wrong in ["", "x", String(token.dropLast()), token + "x", token.uppercased()] {
                let answer = try await server.get("/metrics", headers: .bearer(wrong))
                #expect(answer.status == .unauthorized)
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
            }
            #expect(try await server.get("/metrics").status == .unauthorized)
        }
    }
}

@Suite("A server that is about to stop")
struct DrainTests {
    @Test("is not ready, still answers, and ends each connection")
    func draining() async throws {
        let site = try TestSite()
        try await site.run { server in
            #expect(try await server.get("/readyz").status == .ok)
            #expect(try await server.get("/healthz").headers[.connection] == nil)
            site.drain.begin()
            #expect(try await server.get("/readyz").status == .serviceUnavailable)
            let answer = try await server.get("/healthz")
            #expect(answer.status == .ok)
            #expect(answer.headers[.connection] == "close")
        }
    }
}
