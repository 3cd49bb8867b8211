import Logging

/// What is told of migrations: each, where there was a database before; of a new one, that it was made.
struct MigrationLog {
    private let logger: Logger
    private let isNew: Bool

    /// - Parameter isNew: whether there was nothing before.
    init(_ logger: Logger, isNew: Bool) {
        self.logger = logger
        self.isNew = isNew
    }

    func applied(_ migration: Migration) {
        guard !isNew else { return }
        logger.info("migrated", metadata: ["number": "\(migration.number)", "name": "\(migration.name)"])
    }

    /// Of several nodes that made it together, the one that applied the newest migration says so.
    ///
    /// - Parameter last: what was applied here last; nil when others did everything.
    func finished(_ last: Migration?, of known: [Migration]) {
        guard isNew, let last, last.number == known.last?.number else { return }
        logger.info("made the database, schema \(last.number)")
    }
}
