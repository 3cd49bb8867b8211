import Synchronization

/// The catalog of one revision, in memory.
final class ScopeCatalogCache: Sendable {
    private let kept = Mutex<(revision: Int64, catalog: ScopeCatalog)?>(nil)

    /// The catalog of a revision, loaded when another is kept.
    func catalog(of revision: Int64, load: () throws -> ScopeCatalog) rethrows -> ScopeCatalog {
        if let kept = kept.withLock({ $0 }), kept.revision == revision { return kept.catalog }
        let catalog = try load()
        kept.withLock { $0 = (revision, catalog) }
        return catalog
    }
}

/// Which of some scopes exist in one catalog, found once: tokens have few different sets of scopes, and each use of an
/// API token asks. It goes with its catalog.
final class ExistingScopes: Sendable {
    private let known = Mutex<[ScopeSet: ScopeSet]>([:])

    /// Past so many sets it begins anew: the memory has a bound.
    static let maximumCount = 1_000

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
