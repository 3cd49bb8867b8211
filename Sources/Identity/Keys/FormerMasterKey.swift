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
        let (keyCount, mailCount) = try await database.write { transaction in
            let counts = (try rewrapSigningKeys(in: transaction), try rewrapMail(in: transaction))
            guard counts != (0, 0) else { return counts }
            let event = AuditEvent(
                .masterKeyChanged, detail: ["mail": String(counts.1), "signing_keys": String(counts.0)])
            try audit.record(event, in: transaction, at: now, from: .server)
            return counts
        }
        guard keyCount + mailCount > 0 else { return }
        logger.notice(
            "What the former master key had wrapped is wrapped by the present one",
            metadata: ["signing_keys": "\(keyCount)", "mail": "\(mailCount)"])
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

    private func rewrapMail(in transaction: Transaction) throws -> Int {
        var count = 0
        for row in try transaction.rows("SELECT id, sealed_message FROM outgoing_mail") {
            let id: OutgoingMail.ID = try row.id(0)
            guard let sealed = keys.mail.rewrap(try row.blob(1), name: id.description, random: random) else { continue }
            try transaction.changeOne(
                "UPDATE outgoing_mail SET sealed_message = ? WHERE id = ?", .blob(sealed), .id(id))
            count += 1
        }
        return count
    }
}
