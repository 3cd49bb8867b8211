import Database
import JOSE
import Synchronization
import Testing

@testable import Identity

/// An endpoint that answers as it was told, the last answer for ever, and keeps what it was sent.
final class Receiver: WebhookTransport {
    private let answers: Mutex<[WebhookAnswer]>
    private let messages = Mutex<[WebhookMessage]>([])

    init(_ answers: [WebhookAnswer]) {
        self.answers = Mutex(answers)
    }

    var received: [WebhookMessage] { messages.withLock { $0 } }

    func post(_ message: WebhookMessage) async -> WebhookAnswer {
        messages.withLock { $0.append(message) }
        return answers.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? .failed(cause: "Nobody is there.") }
    }
}

extension WebhookAnswer {
    static let taken = WebhookAnswer.answered(status: 204, body: "")
    static let broken = WebhookAnswer.answered(status: 500, body: "oops")
}

extension WebhookMessage {
    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    var json: JSONObject {
        get throws { try #require(try JSONValue.parse(body).object) }
    }
}

extension WebhookURL {
    static func example(_ text: String = "https://hooks.example.com/latchkey") throws -> WebhookURL {
        try WebhookURL.parse(text, allowsLoopback: false).get()
    }
}

extension World {
    /// Makes a webhook for all events, unless told otherwise.
    func webhook(
        _ url: String = "https://hooks.example.com/latchkey", events: [String] = ["*"], by actor: APITokens.Actor,
        at now: Instant = .start
    ) async throws -> Webhooks.Given {
        let draft = Webhooks.Draft(url: try .example(url), events: try WebhookEvents.parse(events).get())
        let given = try await provider.webhooks.create(draft, by: actor, at: now, from: .desk).get()
        // Its own making is an event too; what is tested comes after.
        try await tamper("DELETE FROM webhook_deliveries WHERE event = 'webhook.created'")
        return given
    }

    /// Sends what is due to a webhook. Answers how many messages that was.
    @discardableResult
    func send(to webhook: Webhook.ID, _ receiver: Receiver, at now: Instant = .start) async throws -> Int {
        try await provider.webhookQueue.deliver(to: webhook, atMost: 1_000, by: receiver, at: { now })
    }

    func rename(_ visitor: Visitor, to name: String, at now: Instant = .start) async throws {
        _ = try await provider.organizations.rename(
            visitor.organization.id, to: name, by: visitor.login, at: now, from: .desk
        ).get()
    }

    func deliveries(
        of webhook: Webhook.ID, by actor: APITokens.Actor, _ state: WebhookDelivery.State? = nil
    ) async throws -> [WebhookDelivery] {
        try await provider.webhooks.deliveries(.first, state, of: webhook, by: actor).get().items
    }
}
