import Foundation
import GRDB
import LatchkeyHummingbird
import Logging

/// Tells webhooks of what happened, beside the answer: nobody waits for a stranger's endpoint.
///
/// Once, at most so many at a time, and of each organization fewer (``UnderWay``): what is not taken, or would be too
/// much, is not tried again. An API in earnest keeps a queue in its database.
struct News: Sendable {
    /// What there is to be told of.
    enum Event: String, Codable, CaseIterable, Sendable {
        case clientCreated = "client.created"
        case clientUpdated = "client.updated"
        case clientDeleted = "client.deleted"
        case invoiceCreated = "invoice.created"
        case invoiceUpdated = "invoice.updated"
        case invoiceStatusChanged = "invoice.status_changed"
        case quoteCreated = "quote.created"
        case quoteUpdated = "quote.updated"
        case paymentCreated = "payment.created"
        case paymentUpdated = "payment.updated"
    }

    let database: DatabaseQueue
    let courier: WebhookCourier
    /// For how long one event is told, to all the webhooks of an organization, one after another.
    let deadline: Duration
    private let underWay = UnderWay()
    private let logger = Logger(label: "latchkey.examples.autochat")

    init(database: DatabaseQueue, courier: WebhookCourier, deadline: Duration = .seconds(30)) {
        (self.database, self.courier, self.deadline) = (database, courier, deadline)
    }

    /// Once the change is in the database.
    func tell(_ event: Event, _ thing: some Encodable & Sendable, to tenant: String) {
        guard underWay.begin(for: tenant) else {
            return logger.warning("Too much is under way to webhooks", metadata: ["not_told": "\(event.rawValue)"])
        }
        Task {
            defer { underWay.end(for: tenant) }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await deliver(event, thing, to: tenant) }
                group.addTask { try? await Task.sleep(for: deadline) }
                // Whichever is first ends the other. A name that is being looked up is waited for: the resolver of the
                // system cannot be interrupted, and gives up by itself.
                _ = await group.next()
                group.cancelAll()
            }
        }
    }

    private func deliver(_ event: Event, _ thing: some Encodable & Sendable, to tenant: String) async {
        do {
            let listening = try await database.read { try Webhook.listening(for: event, of: tenant, in: $0) }
            for (number, webhook) in listening.enumerated() {
                guard !Task.isCancelled else {
                    return logger.warning(
                        "Webhooks took too long", metadata: ["not_told": "\(listening.count - number)"])
                }
                let outcome = await courier.deliver(try WebhookMessage(event.rawValue, thing, to: webhook, at: .now))
                if case .answered(200..<300) = outcome { continue }
                logger.info(
                    "A webhook did not take a message",
                    metadata: ["webhook": "\(webhook.id)", "outcome": "\(outcome)"])
            }
        } catch {
            logger.error("Webhooks cannot be told", metadata: ["cause": "\(error)"])
        }
    }
}

extension Webhook {
    /// Those that are to be told of an event.
    static func listening(for event: News.Event, of tenant: String, in db: Database) throws -> [Webhook] {
        try SQLRequest<Webhook>(
            literal: "SELECT * FROM webhooks WHERE tenant = \(tenant) AND active ORDER BY rowid LIMIT \(maximumCount)"
        ).fetchAll(db).filter { $0.events.contains(event) }
    }
}
