/// Why the database did not do what was asked. The texts are for logs; they hold no values of rows.
public enum DatabaseFailure: Error, Sendable, Hashable {
    /// Which kind of rule of the schema a statement broke.
    public enum Constraint: Sendable, Hashable {
        /// UNIQUE or PRIMARY KEY.
        case unique
        /// FOREIGN KEY.
        case foreignKey
        /// CHECK, or a value of another type than the column's.
        case check
        /// NOT NULL.
        case notNull
    }

    /// Busy, full, read-only, failing or closed: nothing was written, and the same call may succeed later.
    case unavailable(String)
    /// A rule of the schema refused a row. The detail names table and column, as the engine tells it.
    case constraint(kind: Constraint, detail: String)
    /// What is stored has not the shape that was expected.
    case corrupt(String)
    /// The program asked for what makes no sense: a mistake in its source, or a schema of another version.
    case misuse(String)
}

extension DatabaseFailure: CustomStringConvertible {
    /// One line for a log.
    public var description: String {
        switch self {
        case .unavailable(let cause): "database unavailable: \(cause)"
        case .constraint(let kind, let detail): "constraint (\(kind)) refused the row: \(detail)"
        case .corrupt(let cause): "database corrupt: \(cause)"
        case .misuse(let cause): "database misused: \(cause)"
        }
    }
}
