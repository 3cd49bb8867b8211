internal import CPostgreSQL

/// Why a statement or a connection failed, sorted by what is to be done about it.
enum PostgreSQLFailure: Error {
    /// Another transaction was in the way; nothing was written, and the same body may run again at once.
    case conflict(String)
    /// The connection is gone or of no more use. What was being committed may have been.
    case lost(String)
    /// Running it again would not help.
    case refused(DatabaseFailure)

    /// As told to a caller once there is no more trying.
    var told: DatabaseFailure {
        switch self {
        case .conflict(let cause): .unavailable("too many conflicting writes: \(cause)")
        case .lost(let cause): .unavailable(cause)
        case .refused(let failure): failure
        }
    }

    /// Sorts an error of the server. <https://www.postgresql.org/docs/current/errcodes-appendix.html>
    ///
    /// - Parameters:
    ///   - state: SQLSTATE; nil when the error is libpq's own.
    ///   - message: the primary message. It names tables and constraints; values are in the detail, which is not told.
    init(state: String?, _ message: String) {
        guard let state, state.utf8.count == 5 else {
            self = .lost(message)
            return
        }
        let text = "PostgreSQL \(state): \(message)"
        switch state {
        case "40001", "40P01": self = .conflict(text)
        // Shut down; or a pooler has given us another session, which does not know our prepared statements.
        case "57P01", "57P02", "57P03", "57P05", "25P03", "26000", "40003": self = .lost(text)
        case "0A000" where message.contains("cached plan"): self = .lost(text)
        case "57014", "55P03", "25006", "42501": self = .refused(.unavailable(text))
        default: self = Self.sorted(byClassOf: state, text)
        }
    }

    private static func sorted(byClassOf state: String, _ text: String) -> PostgreSQLFailure {
        switch state.prefix(2) {
        case "08": .lost(text)
        case "23": .refused(.constraint(kind: DatabaseFailure.Constraint(state: state), detail: text))
        // The message of a data exception quotes the value.
        case "22": .refused(.constraint(kind: .check, detail: "PostgreSQL \(state): a value does not fit its column"))
        case "28", "3D", "40", "53", "55", "57", "58": .refused(.unavailable(text))
        case "XX": .refused(.corrupt(text))
        default: .refused(.misuse(text))
        }
    }
}

extension DatabaseFailure.Constraint {
    fileprivate init(state: String) {
        switch state {
        case "23505": self = .unique
        case "23503": self = .foreignKey
        case "23502": self = .notNull
        default: self = .check
        }
    }
}
