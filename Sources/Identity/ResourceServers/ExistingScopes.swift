import Synchronization

/// Which of some scopes exist in one catalog, found once: tokens have few different sets of scopes, and each use of an
/// API token asks. It goes with its catalog.
final class ExistingScopes: Sendable {
    private let known = Mutex<[ScopeSet: ScopeSet]>([:])

    /// Past so many sets it begins anew: the memory has a bound.
    static let maximumCount = 1_000

    var count: Int { known.withLock { $0.count } }

    func of(_ scopes: ScopeSet, find: () -> ScopeSet) -> ScopeSet {
        if let found = known.withLock({ $0[scopes] }) { return found }
        let found = find()
        known.withLock { known in
            if known.count >= Self.maximumCount { known = [:] }
            known[scopes] = found
        }
        return found
    }
}
