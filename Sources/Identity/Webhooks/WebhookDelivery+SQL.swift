import Database
import JOSE

extension WebhookDelivery {
    static let columns = """
        d.id, d.webhook_id, d.organization_id, d.message_id, d.event, d.body, d.state, d.attempts, d.next_attempt_at,
        d.last_attempt_at, d.last_status, d.last_cause, d.last_answer, d.last_duration, d.replay_of, d.created_at
        """

    init(_ row: Row) throws {
        id = try row.id(0)
        webhook = try row.id(1)
        organization = try row.id(2)
        messageID = try row.text(3)
        event = try row.text(4)
        body = try row.text(5)
        state = try stored(row.text(6))
        attempts = try row.integer(7)
        nextAttemptAt = try row.optionalTime(8)
        if let at = try row.optionalTime(9) {
            last = Attempt(
                at: at, status: try row.optionalInteger(10), cause: try row.optionalText(11),
                answer: try row.optionalText(12) ?? "", milliseconds: try row.optionalInteger(13) ?? 0)
        }
        replayOf = try row.optionalID(14)
        createdAt = try row.time(15)
    }

    /// One of an organization, for a webhook that was not deleted.
    static func find(
        _ id: ID, of organization: Organization.ID, in transaction: Transaction
    ) throws -> WebhookDelivery? {
        try transaction.row(
            """
            SELECT \(columns) FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
            WHERE d.id = ? AND d.organization_id = ? AND w.deleted_at IS NULL
            """, .id(id), .id(organization)
        ).map(WebhookDelivery.init)
    }

    /// Queues a message.
    ///
    /// - Parameter messageID: nil: its own identifier.
    static func enqueue(
        _ event: String, _ body: String, messageID: String? = nil, replayOf: ID? = nil, to webhook: Webhook.ID,
        of organization: Organization.ID, in transaction: Transaction, at now: Instant, random: RandomSource
    ) throws -> ID {
        try transaction.insert(WebhookDelivery.self, at: now, random: random) { id in
            try transaction.run(
                """
                INSERT INTO webhook_deliveries (id, webhook_id, organization_id, message_id, event, body, state,
                    attempts, next_attempt_at, replay_of, created_at)
                VALUES (?, ?, ?, ?, ?, ?, 'waiting', 0, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
                .id(id), .id(webhook), .id(organization), .text(messageID ?? id.description), .text(event),
                .text(body), .time(now), .id(replayOf), .time(now))
        }
    }

    /// Queues an event for each webhook of its organization that is to be told of it. Called in the transaction of the
    /// event, and so of the change: neither is there without the other.
    static func enqueue(
        _ id: AuditEvent.ID, _ kind: AuditEvent.Kind, of organization: Organization.ID, in transaction: Transaction,
        at now: Instant, random: RandomSource
    ) throws {
        let webhooks = try transaction.rows(
            "SELECT id, events FROM webhooks WHERE organization_id = ? AND disabled_at IS NULL AND deleted_at IS NULL",
            .id(organization)
        ).filter { WebhookEvents(stored: try $0.text(1)).includes(kind) }
        guard !webhooks.isEmpty, let record = try AuditRecord.find(id, in: transaction) else { return }
        let body = envelope(kind.rawValue, at: record.at, .object(record.json))
        for row in webhooks {
            _ = try enqueue(
                kind.rawValue, body, messageID: id.description, to: try row.id(0), of: organization, in: transaction,
                at: now, random: random)
        }
    }

    /// The payload of Standard Webhooks: `type`, `timestamp`, `data`.
    static func envelope(_ type: String, at now: Instant, _ data: JSONValue) -> String {
        let payload: JSONObject = ["type": .string(type), "timestamp": .string(now.iso8601), "data": data]
        return String(decoding: JSONValue.object(payload).serialized(), as: UTF8.self)
    }
}

extension WebhookDelivery {
    /// Takes the next one that is due under a lease, so that two nodes do not send it at once. Nil: none is due, or
    /// another node was first.
    static func take(of webhook: Webhook.ID, in transaction: Transaction, at now: Instant) throws -> WebhookDelivery? {
        let row = try transaction.row(
            """
            SELECT \(columns) FROM webhook_deliveries d WHERE d.webhook_id = ? AND d.next_attempt_at <= ?
            ORDER BY d.next_attempt_at, d.id LIMIT 1
            """, .id(webhook), .time(now))
        guard var delivery = try row.map(WebhookDelivery.init) else { return nil }
        let taken = try transaction.run(
            """
            UPDATE webhook_deliveries SET attempts = ?, next_attempt_at = ?
            WHERE id = ? AND attempts = ? AND state = 'waiting' AND next_attempt_at <= ?
            """,
            .integer(delivery.attempts + 1), .time(now + lease), .id(delivery.id), .integer(delivery.attempts),
            .time(now))
        guard taken == 1 else { return nil }
        delivery.attempts += 1
        delivery.nextAttemptAt = now + lease
        return delivery
    }

    /// Saves what came of an attempt. False when another node has taken the delivery meanwhile, or it was given up.
    func saveAttempt(in transaction: Transaction) throws -> Bool {
        try transaction.run(
            """
            UPDATE webhook_deliveries SET state = ?, next_attempt_at = ?, last_attempt_at = ?, last_status = ?,
                last_cause = ?, last_answer = ?, last_duration = ?
            WHERE id = ? AND attempts = ? AND state = 'waiting'
            """,
            .text(state.rawValue), .time(nextAttemptAt), .time(last?.at), .optional(last?.status),
            .optional(last?.cause), .optional(last?.answer), .optional(last?.milliseconds), .id(id),
            .integer(attempts)) == 1
    }
}
