import Database
package import JOSE

/// Sees to the signing keys on one node: brings each on its way when its time has come, and takes in what other nodes
/// and the command line have changed.
package struct SigningKeyUpkeep: Sendable {
    let signingKeys: SigningKeys
    let ring: SigningKeyRing
    package let schedule: SigningKeySchedule

    /// One look. To be repeated every `schedule.reloadInterval`.
    ///
    /// - Returns: the keys that stand in the database and cannot be read here. They are not published by this
    ///   node. Where the one that is to sign is among them, the one that signed before goes on for as long as it is
    ///   published; after that this node signs nothing.
    /// - Throws: when the database cannot be used. What the node holds stays as it is.
    package func look(at now: Instant) async throws -> [UnreadableSigningKey] {
        let keys = try await SigningKeys.all(in: signingKeys.database)
        guard !keys.due(at: now, by: schedule).isEmpty else { return try take(keys, at: now) }
        do {
            return try take(try await advance(at: now), at: now)
        } catch {
            // What others have done is taken in, even when this node can do nothing.
            _ = try take(keys, at: now)
            throw error
        }
    }

    /// Of many nodes that do this at once one changes something; the others find it done.
    private func advance(at now: Instant) async throws -> SigningKeySet {
        let new = try signingKeys.vault.makeKey()
        return try await signingKeys.database.write { transaction in
            let changes = try SigningKeySet.load(in: transaction).due(at: now, by: schedule)
            let step = SigningKeys.Step(at: now, origin: .server, publication: schedule.publication)
            try signingKeys.apply(changes, new: new, step, in: transaction)
            return try SigningKeySet.load(in: transaction)
        }
    }

    private func take(_ keys: SigningKeySet, at now: Instant) throws -> [UnreadableSigningKey] {
        let held = ring.contents
        guard held.keys != keys else {
            if held.opened.count == keys.keys.count { ring.confirm(at: now) }
            return keys.keys.filter { held.opened[$0.keyID] == nil }.map { UnreadableSigningKey(keyID: $0.keyID) }
        }
        guard let active = keys.active else { throw SigningKeys.noActiveKey }
        var opened: [String: OpenedSigningKey] = [:]
        var unreadable: [UnreadableSigningKey] = []
        for record in keys.keys {
            if let key = held.opened[record.keyID] {
                opened[record.keyID] = OpenedSigningKey(
                    publicKey: key.publicKey, signing: record.state == .retired ? nil : key.signing)
            } else if let key = try? signingKeys.vault.open(record) {
                opened[record.keyID] = key
            } else {
                unreadable.append(UnreadableSigningKey(keyID: record.keyID))
            }
        }
        let signer = opened[active.keyID]?.signing ?? held.active.flatMap { opened[$0.keyID] == nil ? nil : $0 }
        ring.replace(with: SigningKeyRing.Contents(keys, opened: opened, active: signer))
        if unreadable.isEmpty { ring.confirm(at: now) }
        return unreadable
    }
}
