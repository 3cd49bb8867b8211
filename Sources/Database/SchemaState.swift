/// How the schema of a database stands to the migrations of this program.
public enum SchemaState: Hashable, Sendable {
    /// Nothing is there yet: the first start makes it.
    case absent
    case current(Int)
    /// The next start brings it up to date.
    case behind(applied: Int, newest: Int)
    /// A newer program, or another, was here; the text says what is wrong.
    case foreign(String)

    init(known: [Migration], applied: [MigrationPlan.Applied]) {
        guard let last = applied.map(\.number).max() else {
            self = .absent
            return
        }
        do throws(DatabaseFailure) {
            let pending = try MigrationPlan(known: known, applied: applied).pending
            self = pending.last.map { .behind(applied: last, newest: $0.number) } ?? .current(last)
        } catch {
            self = .foreign("\(error)")
        }
    }
}

extension Database {
    /// Looks at a database without making or changing it.
    ///
    /// - Throws: `DatabaseFailure.unavailable` when it cannot be reached, `.corrupt` when it is no database.
    public static func schemaState(
        at location: DatabaseLocation, migrations: [Migration]
    ) async throws -> SchemaState {
        switch location {
        case .sqlite(let path):
            SchemaState(
                known: migrations, applied: try await SQLiteEngine.appliedMigrations(in: SQLiteFile(path: path)))
        case .postgresql(let connection, _):
            SchemaState(known: migrations, applied: try await PostgreSQLEngine.appliedMigrations(at: connection))
        }
    }
}
