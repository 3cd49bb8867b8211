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
