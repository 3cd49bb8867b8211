/// One body and the connection's part in it: run, commit, and run again while others are in the way.
///
/// Writes are SERIALIZABLE, as they are on SQLite, where there is one writer: a body that loads, decides and saves is
/// right as it stands, also when it decides by rows that it does not change. What cannot be put in an order is refused
/// by the server with 40001 and run again here. Reads are one snapshot (REPEATABLE READ READ ONLY) and never refused.
struct PostgreSQLTransaction<R: Sendable>: Sendable {
    /// How it ended on this connection.
    enum Ending {
        case answered(Result<R, any Error>)
        /// The connection is gone, and nothing was written.
        case lost(String)
        /// The connection is gone, and whether the commit took place is not known.
        case unknown(R, transactionID: String?, cause: String)
    }

    private enum Attempt {
        case ended(Ending)
        case conflict(String)
    }

    let access: PostgreSQLStatements.Access
    var observer = DatabaseObserver()
    let body: @Sendable (Transaction) throws -> R

    /// Runs the body until it is committed, refused, or out of time.
    func run(on connection: PostgreSQLConnection, until deadline: ContinuousClock.Instant) -> Ending {
        var pause = ConflictPause()
        while true {
            switch attempt(on: connection, until: deadline) {
            case .ended(let ending): return ending
            case .conflict(let cause):
                observer.conflicted()
                guard pause.wait(until: deadline) else {
                    return .answered(.failure(PostgreSQLFailure.conflict(cause).told))
                }
            }
        }
    }

    private func attempt(on connection: PostgreSQLConnection, until deadline: ContinuousClock.Instant) -> Attempt {
        let statements = PostgreSQLStatements(connection, access, until: deadline)
        let result = Result { try body(Transaction(statements)) }
        // Whatever the body made of a failed statement, its failure counts.
        if let failure = statements.failure { return attempt(after: failure, statements) }
        let value: R
        switch result {
        case .success(let success): value = success
        case .failure(let error):
            statements.rollBack()
            return .ended(.answered(.failure(error)))
        }
        do {
            if access == .reading {
                try statements.commit()
            } else {
                try observer.timing(1) { () throws(PostgreSQLFailure) in try statements.commit() }
            }
            return .ended(.answered(.success(value)))
        } catch .lost(let cause) where access == .writing {
            return .ended(.unknown(value, transactionID: statements.transactionID, cause: cause))
        } catch {
            return attempt(after: error, statements)
        }
    }

    private func attempt(after failure: PostgreSQLFailure, _ statements: PostgreSQLStatements) -> Attempt {
        switch failure {
        case .conflict(let cause):
            statements.rollBack()
            return .conflict(cause)
        case .refused(let refusal):
            statements.rollBack()
            return .ended(.answered(.failure(refusal)))
        case .lost(let cause): return .ended(.lost(cause))
        }
    }
}
