package import Database
package import JOSE

/// Signing keys at rest: in the database, so that all nodes share them, and wrapped by the master key, so that a copy
/// of the database alone signs nothing.
package struct SigningKeys: Sendable {
    let database: Database
    let audit: AuditTrail
    let vault: SigningKeyVault

    package init(database: Database, keys: PurposeKeys, random: RandomSource = .system) {
        self.database = database
        audit = AuditTrail(database: database, random: random)
        vault = SigningKeyVault(wrapping: keys.signingKeys, random: random)
    }

    /// Whether the database holds keys already, which only the master key they were wrapped with can open.
    static func exist(in database: Database) async throws -> Bool {
        try await database.read { try $0.row("SELECT 1 FROM signing_keys LIMIT 1") != nil }
    }

    /// All keys as they are now. No master key is needed to look at them.
    package static func all(in database: Database) async throws -> SigningKeySet {
        try await database.read { try SigningKeySet.load(in: $0) }
    }

    /// Loads the ring at the start of a node, with a first key made when there is none at all.
    ///
    /// Throws ``UnreadableSigningKey`` when there is a key that cannot be read: a node never starts on half of them.
    func load(at now: Instant, schedule: SigningKeySchedule) async throws -> SigningKeyRing {
        let first = try vault.makeKey()
        let keys = try await database.write { transaction in
            let present = try SigningKeySet.load(in: transaction)
            let changes: [SigningKeyChange]
            if present.keys.isEmpty {
                changes = [.begin]
            } else {
                // From here on this node tells verifiers how long to keep the set; the others must know before.
                changes = present.due(at: now, by: schedule).filter(\.isRequest)
            }
            let step = Step(at: now, origin: .server, publication: schedule.publication)
            try apply(changes, new: first, step, in: transaction)
            return try SigningKeySet.load(in: transaction)
        }
        var opened: [String: OpenedSigningKey] = [:]
        for record in keys.keys { opened[record.keyID] = try vault.open(record) }
        guard let active = keys.active.flatMap({ opened[$0.keyID]?.signing }) else { throw Self.noActiveKey }
        return SigningKeyRing(
            SigningKeyRing.Contents(keys, opened: opened, active: active), schedule: schedule, at: now)
    }

    /// Looks whether the master key at hand opens every key.
    ///
    /// Throws ``UnreadableSigningKey`` naming the first that it does not.
    package func requireReadable() async throws {
        for record in try await Self.all(in: database).keys { _ = try vault.open(record) }
    }

    static var noActiveKey: DatabaseFailure { .corrupt("no signing key is active") }
}

extension SigningKeyChange {
    fileprivate var isRequest: Bool {
        if case .ask = self { true } else { false }
    }
}
