package import JOSE

/// One step in the life of a signing key.
package enum SigningKeyChange: Hashable, Sendable {
    /// Why a key goes.
    package enum Cause: String, Sendable {
        /// Every token it signed has expired.
        case expired
        /// An operator did not want it.
        case withdrawn
        /// Somebody else may have it: its tokens die at once.
        case compromised
    }

    /// A new key is published, to sign from then on.
    case publish(activatesAt: Instant)
    /// A new key signs at once.
    case begin
    case bringForward(String, activatesAt: Instant)
    case activate(String)
    case retire(String, publishedUntil: Instant)
    case remove(String, Cause)
    /// A node wants keys to be published for this long before they sign.
    case ask(String, Duration)
}

/// Why an operator's wish is refused.
package enum SigningKeyRefusal: Error, Hashable, Sendable {
    /// Nobody knows a key of that name; `near` are those that look most like it.
    case unknown(near: [String])
    /// The beginning of a name that several keys have.
    case ambiguous([String])
    /// The key that signs cannot be taken away without another.
    case active(String)
    case alreadyRetired(String, publishedUntil: Instant)
    /// The key that was to be replaced is not the one that signs any more.
    case notActive(String)
    /// So many keys are published that another would not be read by every verifier.
    case tooMany(Int)
    /// There is no key yet: the server has never started on this database.
    case none
}

/// All signing keys at one moment, and the rules of their life. At most one is pending and exactly one is active.
package struct SigningKeySet: Hashable, Sendable {
    /// In the order in which they were made.
    package let keys: [SigningKeyRecord]

    init(_ keys: [SigningKeyRecord]) {
        self.keys = keys
    }

    package var active: SigningKeyRecord? { keys.first { $0.state == .active } }
    package var pending: SigningKeyRecord? { keys.first { $0.state == .pending } }

    /// For how long a key must be published before it signs, by the most patient node. Each node says on the key that
    /// signs what it has told verifiers, so that nodes which are configured differently wait for one another.
    var publication: Duration { keys.map(\.publication).max() ?? .zero }

    /// What is to be done now, without anybody's asking.
    func due(at now: Instant, by schedule: SigningKeySchedule) -> [SigningKeyChange] {
        guard let active else { return [] }
        var changes = keys.filter { key in key.publishedUntil.map { $0 <= now } ?? false }
            .map { SigningKeyChange.remove($0.keyID, .expired) }
        if active.publication < schedule.publication { changes.append(.ask(active.keyID, schedule.publication)) }
        if let pending {
            if pending.activatesAt.map({ $0 <= now }) ?? false { changes += activation(of: pending, at: now) }
        } else if let end = active.signsSince.map({ $0 + schedule.lifetime }), end - schedule.lead <= now,
            keys.count < SigningKeySchedule.maximumPublished
        {
            let known = now + max(publication, schedule.publication)
            changes.append(.publish(activatesAt: max(end, known)))
        }
        return changes
    }

    /// A new key, as soon as every verifier can know it. Nothing when that is under way already.
    func rotation(at now: Instant) -> Result<[SigningKeyChange], SigningKeyRefusal> {
        guard active != nil else { return .failure(.none) }
        guard let pending else {
            guard keys.count < SigningKeySchedule.maximumPublished else { return .failure(.tooMany(keys.count)) }
            return .success([.publish(activatesAt: now + publication)])
        }
        let earliest = max(now, pending.createdAt + publication)
        guard let planned = pending.activatesAt, earliest < planned else { return .success([]) }
        return .success([.bringForward(pending.keyID, activatesAt: earliest)])
    }

    /// A new key at once: the pending one where there is one, for some verifiers know it already.
    func immediateRotation(at now: Instant) -> Result<[SigningKeyChange], SigningKeyRefusal> {
        guard let active else { return .failure(.none) }
        if let pending { return .success(activation(of: pending, at: now)) }
        guard keys.count < SigningKeySchedule.maximumPublished else { return .failure(.tooMany(keys.count)) }
        return .success([retirement(of: active, at: now), .begin])
    }

    /// A new key at once in place of one that somebody else may have, which goes with every token it signed. The
    /// pending key lay beside it, so it goes too: what signs from now on was made after the theft.
    func replacement(of keyID: String, at now: Instant) -> Result<[SigningKeyChange], SigningKeyRefusal> {
        guard let active else { return .failure(.none) }
        guard active.keyID == keyID else { return .failure(.notActive(active.keyID)) }
        return .success([active, pending].compactMap(\.self).map { .remove($0.keyID, .compromised) } + [.begin])
    }

    /// An operator takes a key away: one that never signed, or, when it is `compromised`, one that signs no more.
    func removal(of keyID: String, isCompromised: Bool) -> Result<[SigningKeyChange], SigningKeyRefusal> {
        switch find(keyID) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let key):
            switch key.state {
            case .active: return .failure(.active(key.keyID))
            case .retired where !isCompromised:
                return .failure(.alreadyRetired(key.keyID, publishedUntil: key.publishedUntil ?? key.createdAt))
            case .pending, .retired: return .success([.remove(key.keyID, isCompromised ? .compromised : .withdrawn)])
            }
        }
    }

    /// Whether every verifier that keeps to what it was told knows the key that would sign at once.
    package func isNextKnown(at now: Instant) -> Bool {
        pending.map { $0.createdAt + publication <= now } ?? false
    }

    /// The key of that name, or the one whose name begins so.
    package func find(_ name: String) -> Result<SigningKeyRecord, SigningKeyRefusal> {
        if let key = keys.first(where: { $0.keyID == name }) { return .success(key) }
        let matching = name.utf8.count < 6 ? [] : keys.filter { $0.keyID.hasPrefix(name) }
        guard let key = matching.first else { return .failure(.unknown(near: keys.map(\.keyID))) }
        return matching.count == 1 ? .success(key) : .failure(.ambiguous(matching.map(\.keyID)))
    }

    private func activation(of key: SigningKeyRecord, at now: Instant) -> [SigningKeyChange] {
        (active.map { [retirement(of: $0, at: now)] } ?? []) + [.activate(key.keyID)]
    }

    private func retirement(of key: SigningKeyRecord, at now: Instant) -> SigningKeyChange {
        .retire(key.keyID, publishedUntil: now + SigningKeySchedule.retention)
    }
}
