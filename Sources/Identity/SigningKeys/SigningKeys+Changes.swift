import Database
import JOSE

extension SigningKeys {
    /// What all changes of one transaction share.
    struct Step: Sendable {
        let now: Instant
        let origin: RequestOrigin
        /// What a new key is to say of how long keys are published before they sign.
        let publication: Duration

        init(at now: Instant, origin: RequestOrigin, publication: Duration) {
            self.now = now
            self.origin = origin
            self.publication = publication
        }
    }

    /// Makes changes that were decided by the rows of this very transaction, each with its event.
    ///
    /// Transactions are serial, so each condition holds. One that does not is never saved.
    func apply(
        _ changes: [SigningKeyChange], new: NewSigningKey, _ step: Step, in transaction: Transaction
    ) throws {
        for change in changes {
            try save(change, new: new, step, in: transaction)
            guard let event = change.event(new: new, at: step.now) else { continue }
            try audit.record(event, in: transaction, at: step.now, from: step.origin)
        }
    }

    private func save(
        _ change: SigningKeyChange, new: NewSigningKey, _ step: Step, in transaction: Transaction
    ) throws {
        switch change {
        case .publish(let activatesAt):
            try new.insert(
                activatesAt: activatesAt, publication: step.publication, in: transaction, at: step.now)
        case .begin:
            try new.insert(activatesAt: nil, publication: step.publication, in: transaction, at: step.now)
        case .bringForward(let keyID, let activatesAt):
            try transaction.changeOne(
                "UPDATE signing_keys SET activates_at = ? WHERE key_id = ? AND state = 'pending'",
                .time(activatesAt), .text(keyID))
        case .activate(let keyID):
            try requireReadable(keyID, in: transaction)
            try transaction.changeOne(
                "UPDATE signing_keys SET state = 'active', activated_at = ? WHERE key_id = ? AND state = 'pending'",
                .time(step.now), .text(keyID))
        case .retire(let keyID, let publishedUntil):
            try transaction.changeOne(
                """
                UPDATE signing_keys SET state = 'retired', retired_at = ?, published_until = ?, wrapped_private_key = ?
                WHERE key_id = ? AND state = 'active'
                """,
                .time(step.now), .time(publishedUntil), .blob(vault.proof(of: keyID)), .text(keyID))
        case .remove(let keyID, _):
            try transaction.changeOne("DELETE FROM signing_keys WHERE key_id = ?", .text(keyID))
        case .ask(let keyID, let publication):
            try transaction.changeOne(
                "UPDATE signing_keys SET publication = ? WHERE key_id = ? AND state = 'active'",
                .integer(publication.wholeMicroseconds), .text(keyID))
        }
    }

    /// Whoever makes a key sign has seen that it can be read.
    private func requireReadable(_ keyID: String, in transaction: Transaction) throws {
        guard let record = try SigningKeySet.load(in: transaction).keys.first(where: { $0.keyID == keyID }) else {
            return
        }
        _ = try vault.open(record)
    }
}

extension SigningKeyChange {
    /// What the audit is told. A node's wish is no change of state.
    fileprivate func event(new: NewSigningKey, at now: Instant) -> AuditEvent? {
        switch self {
        case .publish(let activatesAt):
            AuditEvent(
                .signingKeyCreated,
                detail: [
                    "activates_at": activatesAt.iso8601, "alg": new.algorithm.rawValue, "kid": new.keyID,
                ].changing(to: .pending))
        case .begin:
            AuditEvent(
                .signingKeyCreated,
                detail: ["alg": new.algorithm.rawValue, "kid": new.keyID].changing(to: .active))
        case .bringForward(let keyID, let activatesAt):
            AuditEvent(
                .signingKeyBroughtForward, detail: ["after.activates_at": activatesAt.iso8601, "kid": keyID])
        case .activate(let keyID):
            AuditEvent(.signingKeyActivated, detail: ["kid": keyID].changing(from: .pending, to: .active))
        case .retire(let keyID, let publishedUntil):
            AuditEvent(
                .signingKeyRetired,
                detail: ["kid": keyID, "published_until": publishedUntil.iso8601].changing(from: .active, to: .retired))
        case .remove(let keyID, let cause):
            AuditEvent(
                .signingKeyRemoved, detail: ["cause": cause.rawValue, "kid": keyID].changing(to: "removed"))
        case .ask: nil
        }
    }
}

extension [String: String] {
    fileprivate func changing(from before: SigningKeyRecord.State? = nil, to after: SigningKeyRecord.State) -> Self {
        changing(from: before?.rawValue, to: after.rawValue)
    }
}
