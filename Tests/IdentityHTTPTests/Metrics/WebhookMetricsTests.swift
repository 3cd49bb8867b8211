import HTTPTypes
import Identity
import Synchronization
import Testing

@testable import IdentityHTTP

@Suite("What is counted of webhooks")
struct WebhookMetricsTests {
    /// An endpoint that answers as it is told.
    private final class Endpoint: WebhookTransport {
        private let status: Int

        init(answering status: Int) {
            self.status = status
        }

        func post(_ message: WebhookMessage) async -> WebhookAnswer { .answered(status: status, body: "") }
    }

    /// Makes a webhook that is told of nothing that happens in these tests but what it is tried with.
    private func webhook(_ server: TestServer, by login: Tokens) async throws -> Webhook.ID {
        let made = try await server.call(
            .post, "/api/v1/webhooks",
            #"{"url":"https://hooks.example.com/x","events":["API_TOKEN_REVOKED"]}"#, by: login)
        return try #require(Webhook.ID(try made.string("id")), "\(made.text)")
    }

    /// Queues messages.
    private func queue(_ count: Int, _ server: TestServer, to id: Webhook.ID, by login: Tokens) async throws {
        for _ in 0..<count {
            let answer = try await server.call(.post, "/api/v1/webhooks/\(id)/test", "{}", by: login)
            try #require(answer.status == .accepted)
        }
    }

    private func deliver(_ server: TestServer, to id: Webhook.ID, answering status: Int) async throws {
        _ = try await server.provider.webhookQueue.deliver(
            to: id, atMost: 100, by: Endpoint(answering: status), at: { server.now })
    }

    private func attempts(_ server: TestServer) -> [String?] {
        ["accepted", "postponed", "given_up"].map {
            server.metric("latchkey_webhook_attempts_total{outcome=\"\($0)\"}")
        }
    }

    private func switchedOff(_ server: TestServer, _ reason: String) -> String? {
        server.metric("latchkey_webhooks_switched_off_total{reason=\"\(reason)\"}")
    }

    @Test("each attempt is counted by its outcome, an endpoint that is switched off by why, and none by whose it is")
    func attempts() async throws {
        try await withServer { server in
            let ada = try await server.admin(on: .free)
            let id = try await webhook(server, by: ada)
            let lines = server.metricsText.split(separator: "\n").count
            try await queue(2, server, to: id, by: ada)
            #expect(attempts(server) == ["0", "0", "0"])
            try await deliver(server, to: id, answering: 500)
            #expect(attempts(server) == ["0", "1", "0"], "one that fails keeps the next from being tried at once")
            server.site.clock.advance(by: .seconds(10))
            try await deliver(server, to: id, answering: 204)
            #expect(attempts(server) == ["2", "1", "0"])
            #expect(switchedOff(server, "gone") == "0")
            try await queue(1, server, to: id, by: ada)
            try await deliver(server, to: id, answering: 410)
            #expect(attempts(server) == ["2", "1", "1"])
            #expect(switchedOff(server, "gone") == "1" && switchedOff(server, "failing") == "0")
            try await deliver(server, to: id, answering: 204)
            #expect(attempts(server) == ["2", "1", "1"], "nothing is due")
            #expect(!server.metricsText.contains(id.description))
            #expect(server.metricsText.split(separator: "\n").count == lines)
        }
    }

    @Test("one that takes nothing for three days is counted as failing, by the message that is given up then")
    func failing() async throws {
        try await withServer { server in
            let ada = try await server.admin(on: .free)
            let id = try await webhook(server, by: ada)
            try await queue(1, server, to: id, by: ada)
            for _ in 0..<12 {
                try await deliver(server, to: id, answering: 503)
                server.site.clock.advance(by: .seconds(8 * 3_600))
            }
            #expect(attempts(server) == ["0", "11", "1"])
            #expect(switchedOff(server, "failing") == "1" && switchedOff(server, "gone") == "0")
        }
    }

    @Test("what waits is measured by looking, and how late the latest is; for one that is switched off nobody waits")
    func waiting() async throws {
        try await withServer { server in
            let ada = try await server.admin(on: .free)
            let (first, second) = (try await webhook(server, by: ada), try await webhook(server, by: ada))
            func sample() async throws -> (messages: String?, overdue: Double) {
                try await server.provider.gauges.sampleQueues(at: server.now)
                let overdue = server.metric("latchkey_webhook_overdue_seconds").flatMap(Double.init)
                return (server.metric("latchkey_webhook_messages"), try #require(overdue))
            }
            var seen = try await sample()
            #expect(seen.messages == "0" && seen.overdue == 0)
            try await queue(2, server, to: first, by: ada)
            server.site.clock.advance(by: .seconds(1_000))
            try await queue(1, server, to: second, by: ada)
            seen = try await sample()
            #expect(seen.messages == "3" && (1_000..<1_010).contains(seen.overdue))
            try await deliver(server, to: first, answering: 204)
            seen = try await sample()
            #expect(seen.messages == "1" && (0..<10).contains(seen.overdue))
            try await deliver(server, to: second, answering: 500)
            seen = try await sample()
            #expect(seen.messages == "1" && seen.overdue == 0, "it waits for its next attempt, and is not late")
            try await queue(1, server, to: second, by: ada)
            server.site.clock.advance(by: .seconds(1_000))
            let off = try await server.call(
                .patch, "/api/v1/webhooks/\(second)", #"{"enabled":false}"#, by: ada)
            #expect(off.status == .ok)
            #expect(try await server.number("SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting'") == 2)
            seen = try await sample()
            #expect(seen.messages == "0" && seen.overdue == 0)
        }
    }
}
