extension Database {
    /// Opens a database that is in use, or a copy of one, to look at it: nothing is made, migrated or written, and
    /// whoever else works on it is not disturbed.
    ///
    /// - Parameter migrations: those this program knows. A database that has seen fewer is opened as it is.
    /// - Throws: `DatabaseFailure.unavailable` when there is none, `.misuse` when it is of another program or of a newer
    ///   version of this one, `.corrupt` when it is no database.
    public static func inspect(_ location: DatabaseLocation, migrations: [Migration]) async throws -> Database {
        switch location {
        case .sqlite(let path):
            return Database(engine: try SQLiteInspection(SQLiteFile(path: path), migrations: migrations))
        case .postgresql(let connection, _):
            var options = PostgreSQLOptions()
            options.connections = 2
            return Database(
                engine: try await PostgreSQLEngine.inspect(connection, migrations: migrations, options: options))
        }
    }
}
