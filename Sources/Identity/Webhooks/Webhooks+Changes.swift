import Database
package import JOSE

extension Webhooks {
    /// What is to be changed; nil stays as it is.
    package struct Change: Sendable {
        package var url: WebhookURL?
        package var events: WebhookEvents?
        package var isEnabled: Bool?

        package init(url: WebhookURL? = nil, events: WebhookEvents? = nil, isEnabled: Bool? = nil) {
            (self.url, self.events, self.isEnabled) = (url, events, isEnabled)
        }
    }

    /// Changes a webhook. Another URL takes a step-up, as making it did.
    package func update(
        _ id: Webhook.ID, _ change: Change, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Webhook> = .none
    ) async throws -> Result<Webhook, WebhookRefusal> {
        try await self.change(id, by: actor, at: now) { webhook, transaction in
            let before = webhook
            if let url = change.url, url != before.url {
                guard actor.stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
                webhook.url = url
                webhook.failingSince = nil
            }
            if let events = change.events { webhook.events = events }
            if let isEnabled = change.isEnabled, isEnabled != before.isEnabled {
                webhook.disabled = isEnabled ? nil : Webhook.Disabled(at: now, reason: .byAdmin)
                webhook.failingSince = nil
            }
            let detail = webhook.changes(from: before)
            if !detail.isEmpty {
                try webhook.save(in: transaction)
                try audit.record(actor.event(.webhookUpdated, of: id, detail), in: transaction, at: now, from: origin)
            }
            try recording.record(webhook, in: transaction)
            return .success(webhook)
        }
    }

    /// Gives a webhook a new secret, which takes a step-up.
    ///
    /// - Parameter overlap: how long the present secret signs beside it, at most ``Webhook/maximumOverlap``.
    package func rotate(
        _ id: Webhook.ID, overlap: Duration, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Given> = .none
    ) async throws -> Result<Given, WebhookRefusal> {
        try await change(id, by: actor, at: now) { webhook, transaction in
            guard actor.stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
            let secret = WebhookSecret(random: random)
            let rotated = webhook.rotate(to: seal(secret, of: id), overlap: overlap, at: now)
            if case .failure(let refusal) = rotated { return .failure(refusal) }
            try webhook.saveRotation(in: transaction)
            let detail = [
                "overlap": String(overlap.components.seconds), "before": String(webhook.generation - 1),
                "after": String(webhook.generation),
            ]
            try audit.record(
                actor.event(.webhookSecretRotated, of: id, detail), in: transaction, at: now, from: origin)
            let given = Given(webhook: webhook, secret: secret)
            try recording.record(given, in: transaction)
            return .success(given)
        }
    }

    /// Deletes a webhook. What waits for it is not sent.
    package func delete(
        _ id: Webhook.ID, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Void> = .none
    ) async throws -> Result<Void, WebhookRefusal> {
        try await change(id, by: actor, at: now) { webhook, transaction in
            try webhook.delete(in: transaction, at: now)
            let detail = ["before.url": webhook.url.text, "before.events": webhook.events.text]
            try audit.record(actor.event(.webhookDeleted, of: id, detail), in: transaction, at: now, from: origin)
            try recording.record((), in: transaction)
            return .success(())
        }
    }

    /// Queues a message that only tries whether it arrives.
    package func test(
        _ id: Webhook.ID, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<WebhookDelivery> = .none
    ) async throws -> Result<WebhookDelivery, WebhookRefusal> {
        try await change(id, by: actor, at: now) { webhook, transaction in
            guard webhook.isEnabled else { return .failure(.disabled) }
            let data: JSONObject = ["webhook": .string(id.description), "sent_by": .string(actor.user.description)]
            let delivery = try WebhookDelivery.enqueue(
                WebhookDelivery.testEvent, WebhookDelivery.envelope(WebhookDelivery.testEvent, at: now, .object(data)),
                to: id, of: actor.organization, in: transaction, at: now, random: random)
            return try queued(delivery, .webhookTested, of: id, actor, in: transaction, at: now, origin, recording)
        }
    }

    /// Sends a message once more, as it was, under the identifier it had: a receiver that has it knows it again.
    package func replay(
        _ delivery: WebhookDelivery.ID, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<WebhookDelivery> = .none
    ) async throws -> Result<WebhookDelivery, WebhookRefusal> {
        try await database.write { transaction in
            try logins.require(actor.login, of: actor.organization, in: transaction, at: now)
            if let refusal = try refusal(of: .manageWebhooks, to: actor, in: transaction) { return .failure(refusal) }
            guard let old = try WebhookDelivery.find(delivery, of: actor.organization, in: transaction),
                let webhook = try Webhook.find(old.webhook, of: actor.organization, in: transaction)
            else { return .failure(.unknown) }
            guard webhook.isEnabled else { return .failure(.disabled) }
            guard old.state != .waiting else { return .failure(.stillWaiting) }
            let new = try WebhookDelivery.enqueue(
                old.event, old.body, messageID: old.messageID, replayOf: old.id, to: webhook.id,
                of: actor.organization, in: transaction, at: now, random: random)
            return try queued(
                new, .webhookDeliveryReplayed, of: webhook.id, actor, in: transaction, at: now, origin, recording)
        }
    }

    private func queued(
        _ id: WebhookDelivery.ID, _ kind: AuditEvent.Kind, of webhook: Webhook.ID, _ actor: Actor,
        in transaction: Transaction, at now: Instant, _ origin: RequestOrigin, _ recording: Recording<WebhookDelivery>
    ) throws -> Result<WebhookDelivery, WebhookRefusal> {
        try audit.record(
            actor.event(kind, of: webhook, ["delivery": id.description]), in: transaction, at: now, from: origin)
        guard let delivery = try WebhookDelivery.find(id, of: actor.organization, in: transaction) else {
            throw DatabaseFailure.misuse("a delivery was queued and is not there")
        }
        try recording.record(delivery, in: transaction)
        return .success(delivery)
    }

    /// One transaction: the actor's login and role as they are now, the webhook of their organization, the change.
    private func change<Outcome: Sendable>(
        _ id: Webhook.ID, by actor: Actor, at now: Instant,
        _ body: @escaping @Sendable (inout Webhook, Transaction) throws -> Result<Outcome, WebhookRefusal>
    ) async throws -> Result<Outcome, WebhookRefusal> {
        try await database.write { transaction in
            try logins.require(actor.login, of: actor.organization, in: transaction, at: now)
            if let refusal = try refusal(of: .manageWebhooks, to: actor, in: transaction) { return .failure(refusal) }
            guard var webhook = try Webhook.find(id, of: actor.organization, in: transaction) else {
                return .failure(.unknown)
            }
            return try body(&webhook, transaction)
        }
    }
}

extension Webhook {
    /// Each value that differs, for the audit.
    fileprivate func changes(from before: Webhook) -> [String: String] {
        var detail: [String: String] = [:]
        let values = [
            ("url", before.url.text, url.text), ("events", before.events.text, events.text),
            ("enabled", String(before.isEnabled), String(isEnabled)),
        ]
        for (name, old, new) in values where old != new {
            (detail["before." + name], detail["after." + name]) = (old, new)
        }
        return detail
    }
}
