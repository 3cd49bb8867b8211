import Database
package import JOSE

/// The webhooks of organizations: made, listed, changed, rotated, deleted, and what was sent to them.
package struct Webhooks: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let audit: AuditTrail
    let logins: Logins
    /// In development mode: URLs of this very machine, by http too.
    package let allowsLoopback: Bool

    /// The login that asks, as for API tokens: it acts in its own organization and in no other.
    package typealias Actor = APITokens.Actor

    /// What a new webhook is to be.
    package struct Draft: Sendable {
        package let url: WebhookURL
        package let events: WebhookEvents
        /// False: nothing is sent to it before it is switched on.
        package let isEnabled: Bool

        package init(url: WebhookURL, events: WebhookEvents, isEnabled: Bool = true) {
            (self.url, self.events, self.isEnabled) = (url, events, isEnabled)
        }
    }

    /// A webhook with what is only known now: its secret, shown once.
    package struct Given: Sendable {
        package let webhook: Webhook
        package let secret: WebhookSecret
    }

    /// Makes a webhook, which takes a step-up: from then on somebody else is told what happens here.
    package func create(
        _ draft: Draft, by actor: Actor, at now: Instant, from origin: RequestOrigin,
        recording: Recording<Given> = .none
    ) async throws -> Result<Given, WebhookRefusal> {
        try await database.write { transaction in
            try logins.require(actor.login, of: actor.organization, in: transaction, at: now)
            if let refusal = try refusal(of: .manageWebhooks, to: actor, in: transaction) { return .failure(refusal) }
            guard actor.stepUp.isProven(at: now) else { return .failure(.stepUpRequired) }
            let counts = try Webhook.counts(of: actor.organization, in: transaction)
            guard counts.living < Webhook.maximumCount, counts.kept < Webhook.maximumKept else {
                return .failure(.tooMany)
            }
            let given = try insert(draft, actor, in: transaction, at: now)
            var detail = ["after.url": draft.url.text, "after.events": draft.events.text]
            if !draft.isEnabled { detail["after.enabled"] = "false" }
            try audit.record(
                actor.event(.webhookCreated, of: given.webhook.id, detail), in: transaction, at: now, from: origin)
            try recording.record(given, in: transaction)
            return .success(given)
        }
    }

    private func insert(
        _ draft: Draft, _ actor: Actor, in transaction: Transaction, at now: Instant
    ) throws -> Given {
        var made: Given?
        _ = try transaction.insert(Webhook.self, at: now, random: random) { id in
            let secret = WebhookSecret(random: random)
            let webhook = Webhook(
                id: id, organization: actor.organization, url: draft.url, events: draft.events,
                sealedSecret: seal(secret, of: id), createdBy: actor.user, createdAt: now,
                disabled: draft.isEnabled ? nil : Webhook.Disabled(at: now, reason: .byAdmin))
            made = Given(webhook: webhook, secret: secret)
            return try webhook.insert(in: transaction)
        }
        guard let made else { throw DatabaseFailure.misuse("a webhook was inserted without being made") }
        return made
    }

    func seal(_ secret: WebhookSecret, of id: Webhook.ID) -> [UInt8] {
        keys.webhookSecrets.wrap(secret.key, name: id.description, random: random)
    }

    /// One page of an organization's webhooks, the newest first.
    package func list(_ page: Page, by actor: Actor) async throws -> Result<Paged<Webhook>, WebhookRefusal> {
        try await database.read { transaction in
            if let refusal = try refusal(of: .readWebhooks, to: actor, in: transaction) { return .failure(refusal) }
            let webhooks = try transaction.rows(
                """
                SELECT \(Webhook.columns) FROM webhooks w WHERE w.organization_id = ? AND w.deleted_at IS NULL
                ORDER BY w.id DESC LIMIT ? OFFSET ?
                """, .id(actor.organization), .integer(page.limit), .integer(page.offset)
            ).map(Webhook.init)
            let counts = try Webhook.counts(of: actor.organization, in: transaction)
            return .success(Paged(items: webhooks, page: page, total: counts.living))
        }
    }

    package func find(_ id: Webhook.ID, by actor: Actor) async throws -> Result<Webhook, WebhookRefusal> {
        try await database.read { transaction in
            if let refusal = try refusal(of: .readWebhooks, to: actor, in: transaction) { return .failure(refusal) }
            let webhook = try Webhook.find(id, of: actor.organization, in: transaction)
            return webhook.map { .success($0) } ?? .failure(.unknown)
        }
    }

    /// One page of what was sent to a webhook or waits, the newest first.
    ///
    /// - Parameter state: nil: all.
    package func deliveries(
        _ page: Page, _ state: WebhookDelivery.State?, of id: Webhook.ID, by actor: Actor
    ) async throws -> Result<Paged<WebhookDelivery>, WebhookRefusal> {
        try await database.read { transaction in
            if let refusal = try refusal(of: .readWebhooks, to: actor, in: transaction) { return .failure(refusal) }
            guard try Webhook.find(id, of: actor.organization, in: transaction) != nil else {
                return .failure(.unknown)
            }
            let condition = "d.webhook_id = ?" + (state == nil ? "" : " AND d.state = ?")
            let values: [SQLValue] = [.id(id)] + (state.map { [.text($0.rawValue)] } ?? [])
            let deliveries = try transaction.rows(
                """
                SELECT \(WebhookDelivery.columns) FROM webhook_deliveries d WHERE \(condition)
                ORDER BY d.id DESC LIMIT ? OFFSET ?
                """, values + [.integer(page.limit), .integer(page.offset)]
            ).map(WebhookDelivery.init)
            let total = try transaction.row("SELECT COUNT(*) FROM webhook_deliveries d WHERE \(condition)", values)
            return .success(Paged(items: deliveries, page: page, total: try total?.integer(0) ?? 0))
        }
    }

    /// What stands against an actor's doing something in their organization, as it is now.
    func refusal(
        of action: OrganizationAction, to actor: Actor, in transaction: Transaction
    ) throws -> WebhookRefusal? {
        guard let own = try Membership.find(actor.user, in: actor.organization, transaction) else { return .unknown }
        return own.role.may(action) ? nil : .notAllowed(action)
    }
}

extension APITokens.Actor {
    /// An event about a webhook of the actor's organization.
    func event(_ kind: AuditEvent.Kind, of webhook: Webhook.ID, _ detail: [String: String] = [:]) -> AuditEvent {
        AuditEvent(
            kind, organization: organization, user: user, by: login, client: client,
            detail: detail.merging(["webhook": webhook.description]) { own, _ in own })
    }
}
