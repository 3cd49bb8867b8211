import Foundation
import GRDB
import LatchkeyHummingbird

/// What signs the messages to one webhook.
struct WebhookSecret: Hashable, Sendable {
    /// `whsec_` and 32 bytes in base64, as Standard Webhooks has it.
    let text: String

    private static let prefix = "whsec_"

    static func make() -> WebhookSecret {
        WebhookSecret(text: prefix + Data(RandomSource.system.bytes(32)).base64EncodedString())
    }

    /// One signature as it stands in `webhook-signature`.
    func signature(of signed: String) -> String {
        let key = Secret(Data(base64Encoded: String(text.dropFirst(Self.prefix.count))) ?? Data())
        return "v1," + Data(HMACSHA256(key: key).code(for: Array(signed.utf8))).base64EncodedString()
    }
}

extension WebhookSecret: Codable, DatabaseValueConvertible {
    init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    var databaseValue: DatabaseValue { text.databaseValue }
    static func fromDatabaseValue(_ value: DatabaseValue) -> WebhookSecret? {
        String.fromDatabaseValue(value).map(WebhookSecret.init(text:))
    }
}

/// One message, as <https://www.standardwebhooks.com> has it.
struct WebhookMessage: Sendable {
    let id: String
    let url: WebhookURL
    let headers: [(name: String, value: String)]
    let body: String

    private struct Body<Thing: Encodable>: Encodable {
        let type: String
        let timestamp: Date
        let data: Thing
    }

    init(_ type: String, _ thing: some Encodable, to webhook: Webhook, at now: Date) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let json = try encoder.encode(Body(type: type, timestamp: now, data: thing))
        let (id, seconds) = (Identifier.make("msg"), Int64(now.timeIntervalSince1970))
        (self.id, url, body) = (id, webhook.url, String(decoding: json, as: UTF8.self))
        headers = [
            ("content-type", "application/json"), ("user-agent", "autochat-webhooks/1"), ("webhook-id", id),
            ("webhook-timestamp", String(seconds)),
            ("webhook-signature", webhook.secret.signature(of: "\(id).\(seconds).\(body)")),
        ]
    }
}
