import Foundation
import GRDB
import LatchkeyHummingbird
import Logging
import Synchronization

/// Tells webhooks of what happened, beside the answer: nobody waits for a stranger's endpoint.
///
/// Once, and at most so many at a time: what is not taken, or would be too much, is not tried again. An API in earnest
/// keeps a queue in its database.
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

    static let maximumUnderWay = 64

    let database: DatabaseQueue
    let courier: WebhookCourier
    private let underWay = UnderWay()
    private let logger = Logger(label: "latchkey.examples.autochat")

    init(database: DatabaseQueue, courier: WebhookCourier) {
        (self.database, self.courier) = (database, courier)
    }

    /// Once the change is in the database.
    func tell(_ event: Event, _ thing: some Encodable & Sendable, to tenant: String) {
        guard underWay.begin() else {
            return logger.warning("Too much is under way to webhooks", metadata: ["not_told": "\(event.rawValue)"])
        }
        Task {
            defer { underWay.end() }
            do {
                let listening = try await database.read { try Webhook.listening(for: event, of: tenant, in: $0) }
                for webhook in listening {
                    let outcome = await courier.deliver(
                        try WebhookMessage(event.rawValue, thing, to: webhook, at: .now))
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
}

extension Webhook {
    /// Those that are to be told of an event.
    static func listening(for event: News.Event, of tenant: String, in db: Database) throws -> [Webhook] {
        try SQLRequest<Webhook>(
            literal: "SELECT * FROM webhooks WHERE tenant = \(tenant) AND active ORDER BY rowid LIMIT \(maximumCount)"
        ).fetchAll(db).filter { $0.events.contains(event) }
    }
}

/// How many messages are being told.
private final class UnderWay: Sendable {
    private let count = Mutex(0)

    func begin() -> Bool {
        count.withLock { count in
            guard count < News.maximumUnderWay else { return false }
            count += 1
            return true
        }
    }

    func end() { count.withLock { $0 -= 1 } }
}
