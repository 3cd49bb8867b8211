import Database
package import JOSE
import Logging

/// The durable queue of messages to webhooks: sends what is due, tries again, gives up.
///
/// A crash between an endpoint's answer and the note of it sends a message twice, with the same `webhook-id`.
package struct WebhookQueue: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let issuer: String
    let audit: AuditTrail
    let mail: MailQueue
    let logger: Logger
    let counters: WebhookCounters
    /// Writes the letter that tells of an endpoint that was switched off.
    let compose: @Sendable (WebhookLetter) throws -> MailMessage

    /// A webhook with something to send.
    package struct Due: Hashable, Sendable {
        package let webhook: Webhook.ID
        package let organization: Organization.ID
    }

    /// At most so many webhooks are told of at once.
    static let dueLimit: Int64 = 200

    /// Webhooks with something to send, in the order of their identifiers, those after one of them first: so whoever
    /// asks with the last one that was served leaves nobody out.
    package func due(after last: Webhook.ID?, at now: Instant) async throws -> [Due] {
        try await database.read { transaction in
            let isWaiting = try transaction.row(
                "SELECT 1 FROM webhook_deliveries WHERE next_attempt_at <= ? LIMIT 1", .time(now))
            guard isWaiting != nil else { return [] }
            func due(_ condition: String) throws -> [Due] {
                try transaction.rows(
                    """
                    SELECT w.id, w.organization_id FROM webhooks w
                    WHERE \(condition) AND w.disabled_at IS NULL AND w.deleted_at IS NULL AND EXISTS (
                        SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.next_attempt_at <= ?)
                    ORDER BY w.id LIMIT ?
                    """, .integer(last?.rawValue ?? 0), .time(now), .integer(Self.dueLimit)
                ).map { Due(webhook: try $0.id(0), organization: try $0.id(1)) }
            }
            return try due("w.id > ?") + due("w.id <= ?")
        }
    }

    /// Sends what is due to one webhook, one message after the other, until one is not taken or it has had its share:
    /// an endpoint that does not answer costs the others one wait, not one for each message.
    ///
    /// - Returns: how many were sent.
    package func deliver(
        to webhook: Webhook.ID, atMost share: Int, by transport: some WebhookTransport,
        at now: @escaping @Sendable () -> Instant
    ) async throws -> Int {
        for count in 0..<share {
            guard !Task.isCancelled, let sending = try await take(of: webhook, at: now()) else { return count }
            // What was begun is noted, even when the server stops meanwhile: else it would be sent again.
            let isTaken = try await Task.detached {
                let begin = now()
                let answer = await transport.post(sending.message)
                return try await note(answer, sending.delivery, begun: begin, at: now())
            }.value
            if !isTaken { return count + 1 }
        }
        return share
    }

    private struct Sending: Sendable {
        let delivery: WebhookDelivery
        let message: WebhookMessage
    }

    private func take(of id: Webhook.ID, at now: Instant) async throws -> Sending? {
        let isDue = try await database.read { transaction in
            try transaction.row(
                "SELECT 1 FROM webhook_deliveries WHERE webhook_id = ? AND next_attempt_at <= ? LIMIT 1", .id(id),
                .time(now)) != nil
        }
        guard isDue else { return nil }
        return try await database.write { transaction in
            guard let webhook = try Webhook.findEnabled(id, in: transaction),
                let delivery = try WebhookDelivery.take(of: id, in: transaction, at: now)
            else { return nil }
            let message = WebhookMessage(delivery, to: webhook.url, secrets: try secrets(of: webhook, at: now), at: now)
            return Sending(delivery: delivery, message: message)
        }
    }

    /// The present secret, and the one before it while it signs.
    private func secrets(of webhook: Webhook, at now: Instant) throws -> [WebhookSecret] {
        let former = webhook.overlapEnd(at: now) == nil ? nil : webhook.former?.sealed
        return try ([webhook.sealedSecret] + (former.map { [$0] } ?? [])).map { sealed in
            guard let key = keys.webhookSecrets.unwrap(sealed, name: webhook.id.description) else {
                throw DatabaseFailure.corrupt("the secret of \(webhook.id) cannot be opened with this master key")
            }
            return WebhookSecret(key: key)
        }
    }

    /// What the note of an attempt came to.
    private enum Note: Sendable {
        /// Another node has taken the delivery meanwhile, or it was given up: nothing was noted.
        case overtaken
        /// - Parameter switchedOff: why the webhook was switched off by it; nil when it was not.
        case noted(switchedOff: Webhook.DisabledReason?)
    }

    /// Writes down what came of an attempt. True when it was taken.
    private func note(
        _ answer: WebhookAnswer, _ sent: WebhookDelivery, begun: Instant, at now: Instant
    ) async throws -> Bool {
        let delivery = sent.after(answer, begun: begun, at: now, chance: random.uint64())
        let note: Note = try await database.write { transaction in
            guard try delivery.saveAttempt(in: transaction) else { return .overtaken }
            return .noted(switchedOff: try mark(delivery, answer, begun: begun, in: transaction, at: now))
        }
        if case .noted(let reason) = note { counters.count(delivery, switchedOff: reason) }
        if delivery.state == .dead {
            logger.warning(
                "A message to a webhook is given up",
                metadata: ["delivery": "\(delivery.id)", "webhook": "\(delivery.webhook)"])
        }
        return delivery.state == .delivered
    }

    /// Notes at the webhook how an attempt went. Why it is switched off by that; nil when it is not.
    private func mark(
        _ delivery: WebhookDelivery, _ answer: WebhookAnswer, begun: Instant, in transaction: Transaction,
        at now: Instant
    ) throws -> Webhook.DisabledReason? {
        if delivery.state == .delivered {
            try transaction.run(
                "UPDATE webhooks SET failing_since = NULL WHERE id = ? AND failing_since IS NOT NULL",
                .id(delivery.webhook))
            return nil
        }
        try transaction.run(
            "UPDATE webhooks SET failing_since = ? WHERE id = ? AND failing_since IS NULL", .time(begun),
            .id(delivery.webhook))
        guard delivery.state == .dead, let webhook = try Webhook.findEnabled(delivery.webhook, in: transaction)
        else { return nil }
        let isGone = answer.status == WebhookDelivery.goneStatus
        guard isGone || webhook.isHopeless(at: now) else { return nil }
        let reason = isGone ? Webhook.DisabledReason.gone : .failing
        try switchOff(webhook, reason, after: delivery, in: transaction, at: now)
        return reason
    }

    /// Switches an endpoint off, and tells the admins by mail, in the transaction that does it.
    private func switchOff(
        _ webhook: Webhook, _ reason: Webhook.DisabledReason, after delivery: WebhookDelivery,
        in transaction: Transaction, at now: Instant
    ) throws {
        var webhook = webhook
        webhook.disabled = Webhook.Disabled(at: now, reason: reason)
        try webhook.save(in: transaction)
        let detail = [
            "webhook": webhook.id.description, "reason": reason.rawValue, "before.enabled": "true",
            "after.enabled": "false",
        ]
        let event = AuditEvent(.webhookSwitchedOff, organization: webhook.organization, detail: detail)
        try audit.record(event, in: transaction, at: now, from: .server)
        let organization = try Organization.find(webhook.organization, in: transaction)
        for admin in try Member.admins(of: webhook.organization, in: transaction) {
            let letter = WebhookLetter(
                recipient: admin.email, webhook: webhook.id, organization: organization?.name ?? "",
                host: webhook.url.host, reason: reason,
                failingSince: webhook.failingSince ?? now, cause: delivery.last?.cause ?? "",
                link: "\(issuer)/organization?id=\(webhook.organization)")
            try mail.enqueue(compose(letter), suppressed: false, in: transaction, at: now)
        }
    }
}

extension WebhookDelivery {
    /// RFC 9110 §15.5.11: nobody wants to be told any more.
    static let goneStatus: Int64 = 410

    /// What it is after an attempt.
    ///
    /// - Parameter chance: any number.
    func after(_ answer: WebhookAnswer, begun: Instant, at now: Instant, chance: UInt64) -> WebhookDelivery {
        var delivery = self
        delivery.last = Attempt(
            at: begun, status: answer.status,
            cause: answer.cause.map { String($0.prefix(Self.maximumAnswerLength)) },
            answer: String(answer.body.prefix(Self.maximumAnswerLength)),
            milliseconds: max(0, (now - begun).wholeMicroseconds / 1_000))
        if answer.cause == nil {
            (delivery.state, delivery.nextAttemptAt) = (.delivered, nil)
        } else if attempts >= Self.maximumAttempts || answer.status == Self.goneStatus {
            (delivery.state, delivery.nextAttemptAt) = (.dead, nil)
        } else {
            delivery.nextAttemptAt = now + Self.delay(afterAttempt: attempts, chance: chance)
        }
        return delivery
    }
}
