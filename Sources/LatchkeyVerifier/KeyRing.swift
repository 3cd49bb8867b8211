import JOSE
import Synchronization

/// The issuer's keys, kept young. One fetch at a time, whoever asks; all state behind one lock.
final class KeyRing: Sendable {
    private let fetch: (@Sendable () async throws -> KeySetResponse)?
    private let locked: Mutex<Locked>

    private struct Locked {
        var state: KeyRingState
        var fetching: Task<Void, Never>?
    }

    init(_ source: KeySource, algorithms: Set<SignatureAlgorithm>) {
        var state = KeyRingState(algorithms: algorithms)
        switch source {
        case .fixed(let set):
            fetch = nil
            state.fix(set)
        case .remote(let fetch): self.fetch = fetch
        }
        locked = Mutex(Locked(state: state))
    }

    /// The generation of the keys, or `nil` when there are none to rely on. A token verified in the same generation is
    /// still good. Sees to it that the keys stay young, since a server may live on tokens it has verified before.
    func generation(at now: Instant) -> Int? {
        locked.withLock { locked in
            guard let generation = locked.state.generation(at: now) else { return nil }
            if locked.state.isRefreshDue(at: now) { beginFetch(&locked, at: now) }
            return generation
        }
    }

    /// The key `keyID` and the generation it belongs to.
    nonisolated(nonsending) func key(named keyID: String, at now: Instant) async throws(TokenVerifier.Failure) -> (
        VerificationKey, Int
    ) {
        let (step, fetching) = locked.withLock { locked in
            let step = locked.state.step(for: keyID, isFetching: locked.fetching != nil, at: now)
            if step.needsFetch { beginFetch(&locked, at: now) }
            return (step, locked.fetching)
        }
        switch step {
        case .use(let key, let generation, _): return (key, generation)
        case .refuse(let failure): throw failure
        case .waitForFetch: break
        }
        await fetching?.value
        return try locked.withLock { locked throws(TokenVerifier.Failure) in
            try locked.state.stepAfterFetch(for: keyID, at: now)
        }
    }

    private func beginFetch(_ locked: inout Locked, at now: Instant) {
        guard locked.fetching == nil, let fetch else { return }
        locked.state.beginFetch(at: now)
        // Not a child of the request that came first: its cancellation must not fail all the others.
        locked.fetching = Task.detached { [weak self] in
            let response = try? await fetch()
            self?.endFetch(response)
        }
    }

    private func endFetch(_ response: KeySetResponse?) {
        locked.withLock { locked in
            locked.state.endFetch(response)
            locked.fetching = nil
        }
    }
}
