import Database
package import JOSE

/// What an operator's wish came to.
package struct SigningKeyOutcome: Sendable {
    package let changes: [SigningKeyChange]
    /// The keys afterwards.
    package let keys: SigningKeySet
    /// Whether verifiers that keep to what they were told know the key that signs now.
    package let isKnown: Bool
}

extension SigningKeys {
    /// How soon a new key is to sign.
    package enum Urgency: Hashable, Sendable {
        /// When every verifier can know it.
        case whenKnown
        /// At once, while some verifiers may not know it yet.
        case now
        /// At once, in place of this key, which somebody else may have: every token it signed dies.
        case compromised(String)
    }

    /// A new signing key, by an operator's wish.
    ///
    /// Throws ``UnreadableSigningKey`` when the master key at hand does not open the key that signs: then no node
    /// could open a key that is wrapped by it.
    package func rotate(
        _ urgency: Urgency, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<SigningKeyOutcome, SigningKeyRefusal> {
        try await change(at: now, from: origin) { keys in
            if let active = keys.active { _ = try vault.open(active) }
            switch urgency {
            case .whenKnown: return keys.rotation(at: now)
            case .now: return keys.immediateRotation(at: now)
            case .compromised(let keyID): return keys.replacement(of: keyID, at: now)
            }
        }
    }

    /// Takes a key away that is not the one that signs.
    package func remove(
        _ name: String, isCompromised: Bool, at now: Instant, from origin: RequestOrigin
    ) async throws -> Result<SigningKeyOutcome, SigningKeyRefusal> {
        try await change(at: now, from: origin) { $0.removal(of: name, isCompromised: isCompromised) }
    }

    private func change(
        at now: Instant, from origin: RequestOrigin,
        _ rule: @escaping @Sendable (SigningKeySet) throws -> Result<[SigningKeyChange], SigningKeyRefusal>
    ) async throws -> Result<SigningKeyOutcome, SigningKeyRefusal> {
        let new = try vault.makeKey()
        return try await database.write { transaction in
            let before = try SigningKeySet.load(in: transaction)
            switch try rule(before) {
            case .failure(let refusal): return .failure(refusal)
            case .success(let changes):
                let step = Step(at: now, origin: origin, publication: before.publication)
                try apply(changes, new: new, step, in: transaction)
                return .success(
                    SigningKeyOutcome(
                        changes: changes, keys: try SigningKeySet.load(in: transaction),
                        isKnown: before.isNextKnown(at: now)))
            }
        }
    }
}
