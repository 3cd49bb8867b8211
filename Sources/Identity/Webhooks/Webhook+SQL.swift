import Database
import JOSE

extension Webhook {
    static let columns = """
        w.id, w.organization_id, w.url, w.events, w.sealed_secret, w.former_sealed_secret, w.former_ends_at,
        w.generation, w.created_by, w.created_at, w.rotated_at, w.disabled_at, w.disabled_reason, w.failing_since
        """

    init(_ row: Row) throws {
        id = try row.id(0)
        organization = try row.id(1)
        guard let url = WebhookURL(stored: try row.text(2)) else {
            throw DatabaseFailure.corrupt("a webhook has a URL that cannot be read")
        }
        self.url = url
        events = WebhookEvents(stored: try row.text(3))
        sealedSecret = try row.blob(4)
        if let sealed = try row.optionalBlob(5) { former = FormerSecret(sealed: sealed, endsAt: try row.time(6)) }
        generation = try row.integer(7)
        createdBy = try row.id(8)
        createdAt = try row.time(9)
        rotatedAt = try row.optionalTime(10)
        if let at = try row.optionalTime(11) { disabled = Disabled(at: at, reason: try stored(row.text(12))) }
        failingSince = try row.optionalTime(13)
    }

    /// One of an organization that was not deleted.
    static func find(_ id: ID, of organization: Organization.ID, in transaction: Transaction) throws -> Webhook? {
        try transaction.row(
            "SELECT \(columns) FROM webhooks w WHERE w.id = ? AND w.organization_id = ? AND w.deleted_at IS NULL",
            .id(id), .id(organization)
        ).map(Webhook.init)
    }

    /// One that things are sent to.
    static func findEnabled(_ id: ID, in transaction: Transaction) throws -> Webhook? {
        try transaction.row(
            "SELECT \(columns) FROM webhooks w WHERE w.id = ? AND w.disabled_at IS NULL AND w.deleted_at IS NULL",
            .id(id)
        ).map(Webhook.init)
    }

    /// How many an organization has, and how many rows there are with those that were deleted of late.
    static func counts(
        of organization: Organization.ID, in transaction: Transaction
    ) throws -> (living: Int64, kept: Int64) {
        let row = try transaction.row(
            "SELECT COUNT(*), COUNT(deleted_at) FROM webhooks WHERE organization_id = ?", .id(organization))
        let (kept, deleted) = (try row?.integer(0) ?? 0, try row?.integer(1) ?? 0)
        return (kept - deleted, kept)
    }

    func insert(in transaction: Transaction) throws -> Int {
        try transaction.run(
            """
            INSERT INTO webhooks (id, organization_id, url, events, sealed_secret, generation, created_by, created_at,
                disabled_at, disabled_reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            .id(id), .id(organization), .text(url.text), .text(events.text), .blob(sealedSecret),
            .integer(generation), .id(createdBy), .time(createdAt), .time(disabled?.at),
            .optional(disabled?.reason.rawValue))
    }

    /// Saves what an admin may change.
    func save(in transaction: Transaction) throws {
        try transaction.changeOne(
            """
            UPDATE webhooks SET url = ?, events = ?, disabled_at = ?, disabled_reason = ?, failing_since = ?
            WHERE id = ? AND deleted_at IS NULL
            """,
            .text(url.text), .text(events.text), .time(disabled?.at), .optional(disabled?.reason.rawValue),
            .time(failingSince), .id(id))
    }

    /// Saves what rotating changed. The generation before must still be the one in the table.
    func saveRotation(in transaction: Transaction) throws {
        try transaction.changeOne(
            """
            UPDATE webhooks SET sealed_secret = ?, generation = ?, former_sealed_secret = ?, former_ends_at = ?,
                rotated_at = ? WHERE id = ? AND generation = ? AND deleted_at IS NULL
            """,
            .blob(sealedSecret), .integer(generation), .optional(former?.sealed), .time(former?.endsAt),
            .time(rotatedAt), .id(id), .integer(generation - 1))
    }

    /// Takes it away, with its secrets and all that waits for it. Its row stays until its deliveries have been swept.
    func delete(in transaction: Transaction, at now: Instant) throws {
        try transaction.changeOne(
            """
            UPDATE webhooks SET deleted_at = ?, sealed_secret = X'', former_sealed_secret = NULL, former_ends_at = NULL
            WHERE id = ? AND deleted_at IS NULL
            """, .time(now), .id(id))
        try transaction.run(
            """
            UPDATE webhook_deliveries SET state = 'dead', next_attempt_at = NULL, last_cause = ?
            WHERE webhook_id = ? AND next_attempt_at IS NOT NULL
            """, .text("The webhook was deleted."), .id(id))
    }
}
