import Database
import JOSE
import Logging

/// A change of the master key: what the former one has wrapped is wrapped by the present one, so that the former can go
/// once nothing that it signed with a code is alive any more.
struct FormerMasterKey: Sendable {
    let database: Database
    let keys: PurposeKeys
    let audit: AuditTrail
    let logger: Logger
    private let vault: SigningKeyVault
    private let random: RandomSource

    init(_ given: IdentityProvider.Surroundings, audit: AuditTrail) {
        (database, keys, logger, self.audit) = (given.database, given.keys, given.logger, audit)
        vault = SigningKeyVault(wrapping: given.keys.signingKeys, random: given.random)
        random = given.random
    }

    /// Wraps everything anew, in one transaction with its event: a crash leaves all of it as it was. Nothing to do
    /// leaves no trace, so every start may try.
    ///
    /// What neither key opens stays as it is: whoever needs it says so.
    func rewrap(at now: Instant) async throws {
        guard keys.isChanging else { return }
        let counts = try await database.write { transaction in
            let counts = [
                "mail": try rewrap(OutgoingMail.self, ("outgoing_mail", "sealed_message"), keys.mail, in: transaction),
                "signing_keys": try rewrapSigningKeys(in: transaction),
                "totp_secrets": try rewrap(
                    TOTPSecret.self, ("totp_secrets", "sealed_secret"), keys.totpSecrets, in: transaction),
                "webhook_secrets": try rewrapWebhookSecrets(in: transaction),
            ]
            guard counts.contains(where: { $0.value > 0 }) else { return counts }
            let event = AuditEvent(.masterKeyChanged, detail: counts.mapValues(String.init))
            try audit.record(event, in: transaction, at: now, from: .server)
            return counts
        }
        guard counts.contains(where: { $0.value > 0 }) else { return }
        logger.notice(
            "What the former master key had wrapped is wrapped by the present one",
            metadata: Logger.Metadata(uniqueKeysWithValues: counts.map { ($0.key, "\($0.value)") }))
    }

    private func rewrapSigningKeys(in transaction: Transaction) throws -> Int {
        var count = 0
        for record in try SigningKeySet.load(in: transaction).keys {
            guard let sealed = vault.rewrapped(record) else { continue }
            try transaction.changeOne(
                "UPDATE signing_keys SET wrapped_private_key = ? WHERE key_id = ?", .blob(sealed),
                .text(record.keyID))
            count += 1
        }
        return count
    }

    /// One column of a table, in which each row has something that is wrapped under the name of the row.
    ///
    /// - Parameters:
    ///   - entity: whose identifiers the rows have.
    ///   - column: the table and the column, which are constants.
    private func rewrap<Entity: Identified>(
        _ entity: Entity.Type, _ column: (table: String, name: String), _ key: WrappingKey,
        in transaction: Transaction
    ) throws -> Int {
        var count = 0
        for row in try transaction.rows("SELECT id, \(column.name) FROM \(column.table)") {
            let id: Identifier<Entity> = try row.id(0)
            guard let sealed = key.rewrap(try row.blob(1), name: id.description, random: random) else { continue }
            try transaction.changeOne(
                "UPDATE \(column.table) SET \(column.name) = ? WHERE id = ?", .blob(sealed), .id(id))
            count += 1
        }
        return count
    }

    private func rewrapWebhookSecrets(in transaction: Transaction) throws -> Int {
        var count = 0
        for row in try transaction.rows(
            "SELECT id, sealed_secret, former_sealed_secret FROM webhooks WHERE deleted_at IS NULL")
        {
            let id: Webhook.ID = try row.id(0)
            func rewrapped(_ sealed: [UInt8]?) -> [UInt8]? {
                sealed.flatMap { keys.webhookSecrets.rewrap($0, name: id.description, random: random) }
            }
            let (present, former) = (try row.blob(1), try row.optionalBlob(2))
            let (newPresent, newFormer) = (rewrapped(present), rewrapped(former))
            guard newPresent != nil || newFormer != nil else { continue }
            try transaction.changeOne(
                "UPDATE webhooks SET sealed_secret = ?, former_sealed_secret = ? WHERE id = ?",
                .blob(newPresent ?? present), .optional(newFormer ?? former), .id(id))
            count += 1
        }
        return count
    }
}
