import Foundation
import GRDB
import LatchkeyHummingbird

/// Where an organization wants to be told of what happens.
struct Webhook: TenantRow {
    static let table = "webhooks"
    /// Of one organization.
    static let maximumCount = 20

    let id: String
    var url: WebhookURL
    var events: [News.Event]
    var description: String?
    var active = true
    /// What signs its messages. It has to be known to sign, so it is here as it is; who can read this file can sign.
    let secret: WebhookSecret
    let createdAt: Date
    var updatedAt: Date

    enum CodingKeys: String, CodingKey {
        case id, url, events, description, active, secret
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    init(_ url: WebhookURL, _ events: [News.Event], at now: Date) {
        (id, self.url, self.events) = (Identifier.make("whk"), url, events)
        (secret, createdAt, updatedAt) = (WebhookSecret.make(), now, now)
    }

    mutating func apply(_ change: Change, at now: Date) {
        if let url = change.url { self.url = url }
        if let events = change.events { self.events = events }
        if let description = change.description { self.description = description }
        if let active = change.active { self.active = active }
        updatedAt = now
    }

    /// What is sent to make one or to change one.
    struct Change: Decodable {
        let url: WebhookURL?
        let events: [News.Event]?
        let description: String??
        let active: Bool?

        init(from decoder: any Decoder) throws {
            let fields = try Fields(decoder, ["url", "events", "description", "active"])
            url = try fields.optional("url") { fields, name in
                switch WebhookURL.parse(try fields.text(name, 1...WebhookURL.maximumLength)) {
                case .success(let url): url
                case .failure(let refusal): throw fields.refusal(name, refusal.wanted)
                }
            }
            events = try fields.optional("events") { fields, name in
                let wanted = "must be a list of: " + News.Event.allCases.map(\.rawValue).joined(separator: ", ")
                let events = try fields.texts(name, 1...News.Event.allCases.count).map(News.Event.init(rawValue:))
                guard !events.contains(nil) else { throw fields.refusal(name, wanted) }
                return events.compactMap { $0 }
            }
            description = try fields.change("description") { try $0.text($1, 1...500) }
            active = try fields.optional("active") { try $0.flag($1) }
        }
    }

    /// What is told of it. The secret is told in the answer to the call that makes it, which is given again for a day to
    /// the same call with the same `Idempotency-Key` (``AnswerTable``), and in no other.
    struct Told: Encodable, Sendable {
        let id: String
        let url: String
        let events: [News.Event]
        let description: String?
        let active: Bool
        let secret: String?
        let createdAt: Date
        let updatedAt: Date

        private typealias CodingKeys = Webhook.CodingKeys

        init(_ webhook: Webhook, secret: String? = nil) {
            (id, url, events) = (webhook.id, webhook.url.text, webhook.events)
            (description, active, self.secret) = (webhook.description, webhook.active, secret)
            (createdAt, updatedAt) = (webhook.createdAt, webhook.updatedAt)
        }
    }
}
