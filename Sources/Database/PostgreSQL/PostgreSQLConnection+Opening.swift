extension PostgreSQLConnection {
    /// Statements that every connection keeps prepared; the raw value is the name.
    enum Control: String, CaseIterable {
        case beginReading, beginWriting, transactionID, commit, rollback

        fileprivate var sql: String {
            switch self {
            case .beginReading: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            case .beginWriting: "BEGIN ISOLATION LEVEL SERIALIZABLE"
            case .transactionID: "SELECT pg_current_xact_id()::text"
            case .commit: "COMMIT"
            case .rollback: "ROLLBACK"
            }
        }
    }

    /// Connects, blocking the thread.
    ///
    /// - Throws: `.lost` with host, database and cause.
    static func open(
        _ address: PostgreSQLAddress, _ options: PostgreSQLOptions
    ) throws(PostgreSQLFailure) -> PostgreSQLConnection {
        let session = try PostgreSQLSession(address, connectTimeout: options.connectTimeout)
        try session.configure(statementTimeout: options.patience)
        for control in Control.allCases where control != .transactionID || session.epoch != nil {
            try session.prepare(control.rawValue, control.sql)
        }
        return try session.enterPipeline(preparedLimit: options.preparedStatements)
    }
}
