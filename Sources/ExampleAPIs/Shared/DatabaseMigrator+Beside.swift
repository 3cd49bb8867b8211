import GRDB

extension DatabaseMigrator {
    /// Makes or changes the tables, beside another process that may be at it in the same moment: the one that comes
    /// second finds a migration done that it was about to do, and goes on with the next.
    func migrate(beside database: DatabaseQueue) throws {
        for _ in migrations {
            do {
                return try migrate(database)
            } catch is DatabaseError {
                continue
            }
        }
        try migrate(database)
    }
}
