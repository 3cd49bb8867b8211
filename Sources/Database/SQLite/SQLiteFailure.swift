internal import GRDB
internal import GRDBSQLite

extension DatabaseFailure {
    /// Translates a result code of SQLite.
    ///
    /// - Parameters:
    ///   - code: primary or extended. <https://www.sqlite.org/rescode.html>
    ///   - message: SQLite's own text; it names tables and columns, never values.
    init(sqlite code: CInt, _ message: String) {
        switch code & 0xff {
        case SQLITE_CONSTRAINT:
            self = .constraint(kind: Constraint(sqlite: code), detail: message)
        case SQLITE_MISMATCH:
            self = .constraint(kind: .check, detail: message)
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_NOMEM,
            SQLITE_INTERRUPT, SQLITE_PROTOCOL, SQLITE_PERM, SQLITE_AUTH, SQLITE_NOLFS:
            self = .unavailable("SQLite \(code): \(message)")
        case SQLITE_CORRUPT, SQLITE_NOTADB:
            self = .corrupt("SQLite \(code): \(message)")
        default:
            self = .misuse("SQLite \(code): \(message)")
        }
    }

    /// Translates whatever GRDB or a body has thrown; what is not SQLite's is called unavailable.
    init(_ error: any Error) {
        switch error {
        case let failure as DatabaseFailure: self = failure
        case let error as DatabaseError: self.init(sqlite: error.extendedResultCode.rawValue, error.message ?? "")
        default: self = .unavailable("\(error)")
        }
    }

    /// The same failure, saying during what it came.
    func during(_ action: String) -> DatabaseFailure {
        switch self {
        case .unavailable(let cause): .unavailable("\(action): \(cause)")
        case .constraint(let kind, let detail): .constraint(kind: kind, detail: "\(action): \(detail)")
        case .corrupt(let cause): .corrupt("\(action): \(cause)")
        case .misuse(let cause): .misuse("\(action): \(cause)")
        }
    }
}

extension DatabaseFailure.Constraint {
    fileprivate init(sqlite code: CInt) {
        // The C macros are expressions that Swift does not import: SQLITE_CONSTRAINT | (n << 8).
        switch code >> 8 {
        case 6, 8, 10: self = .unique  // PRIMARYKEY, UNIQUE, ROWID
        case 3: self = .foreignKey
        case 5: self = .notNull
        default: self = .check  // CHECK, DATATYPE, TRIGGER, …
        }
    }
}
