import Foundation
import GRDB
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

struct Webhooks: Sendable {
    let database: DatabaseQueue
    let courier: WebhookCourier

    func routes(on api: APIRoutes) {
        api.get("webhooks", scope: "webhooks:read", use: list)
        api.get("webhooks/:id", scope: "webhooks:read", use: one)
        api.post("webhooks", scope: "webhooks:write", use: create)
        api.put("webhooks/:id", scope: "webhooks:write", use: update)
        api.delete("webhooks/:id", scope: "webhooks:write", use: delete)
        api.post("webhooks/:id/test", scope: "webhooks:write", use: test)
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> PageAnswer<Webhook.Told> {
        let page = try PageRequest(request)
        return try await database.read { try Webhook.page(page, of: context.tenant, in: $0) }.map { Webhook.Told($0) }
    }

    private func one(_ request: Request, _ context: APIContext) async throws -> Answer<Webhook.Told> {
        let id = context.idInPath
        return Answer(Webhook.Told(try await database.read { try Webhook.require(id, of: context.tenant, in: $0) }))
    }

    private func create(_ request: Request, _ context: APIContext) async throws -> Answer<Webhook.Told> {
        let change = try await request.body(as: Webhook.Change.self)
        let url = try await reachable(try required(change.url, "url"))
        var webhook = Webhook(url, try required(change.events, "events"), at: .now)
        webhook.apply(change, at: webhook.createdAt)
        let made = webhook
        try await database.write { db in
            guard try Webhook.count(of: context.tenant, in: db) < Webhook.maximumCount else {
                throw APIRefusal(
                    .badRequest, "limit_reached",
                    "There are \(Webhook.maximumCount) webhooks, and there cannot be more. Delete one first.")
            }
            try made.insert(for: context.tenant, in: db)
        }
        return Answer(Webhook.Told(made, secret: made.secret.text), status: .created)
    }

    private func update(_ request: Request, _ context: APIContext) async throws -> Answer<Webhook.Told> {
        let (id, change) = (context.idInPath, try await request.body(as: Webhook.Change.self))
        if let url = change.url { _ = try await reachable(url) }
        let webhook = try await database.write { db in
            var webhook = try Webhook.require(id, of: context.tenant, in: db)
            webhook.apply(change, at: .now)
            try webhook.update(for: context.tenant, in: db)
            return webhook
        }
        return Answer(Webhook.Told(webhook))
    }

    private func delete(_ request: Request, _ context: APIContext) async throws -> Answer<Deleted> {
        let id = context.idInPath
        try await database.write {
            try Webhook.require(id, of: context.tenant, in: $0).delete(for: context.tenant, in: $0)
        }
        return Answer(Deleted(id: id))
    }

    /// What came of a test.
    struct TestResult: Encodable, Sendable {
        /// Whether it was taken: the endpoint answered with 2xx.
        let delivered: Bool
        /// What the endpoint answered.
        let status: Int?
        /// Why there is no such answer.
        let cause: String?
        /// `webhook-id` of the message.
        let messageID: String

        enum CodingKeys: String, CodingKey {
            case delivered, status, cause
            case messageID = "message_id"
        }
    }

    /// Sends a message now, signed as all are, and waits for the answer; also to a webhook that is not active.
    private func test(_ request: Request, _ context: APIContext) async throws -> Answer<TestResult> {
        let id = context.idInPath
        let webhook = try await database.read { try Webhook.require(id, of: context.tenant, in: $0) }
        let message = try WebhookMessage("webhook.test", ["webhook_id": webhook.id], to: webhook, at: .now)
        switch await courier.deliver(message) {
        case .answered(let status):
            return Answer(
                TestResult(
                    delivered: (200..<300).contains(status), status: status, cause: nil, messageID: message.id))
        case .failed(let cause):
            return Answer(TestResult(delivered: false, status: nil, cause: cause, messageID: message.id))
        case .outOfReach: throw APIRefusal.outOfReach
        }
    }

    /// Told at once, where it can be: a name without an address may get one later, and is looked at again each time.
    private func reachable(_ url: WebhookURL) async throws -> WebhookURL {
        if let address = try? await WebhookReach.resolve(url.host, port: url.port), !courier.reach.includes(address) {
            throw APIRefusal.outOfReach
        }
        return url
    }
}

extension APIRefusal {
    fileprivate static let outOfReach = APIRefusal(
        .badRequest, "url_out_of_reach",
        "url leads to an address that is not of the public internet. Nothing is sent there.")
}
