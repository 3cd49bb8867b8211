/// A transaction that waits for a connection: how to run it, and how to tell its caller when it cannot be.
struct PostgreSQLJob: Sendable {
    /// What is left to do for the worker.
    enum Ending {
        /// The caller has its answer. What is to be run next, if the job has a successor.
        case answered(next: PostgreSQLJob?)
        /// The connection is gone, nothing was written, the caller waits.
        case lost(String)
        /// The connection is gone, and the caller waits to hear whether its commit took place.
        case unknown(UnknownCommit)
    }

    /// A COMMIT that got no answer.
    struct UnknownCommit: Sendable {
        let transactionID: String?
        let epoch: String?
        let cause: String
        /// Gives the caller the result, for it is committed after all; answers the successor.
        let confirm: @Sendable () -> PostgreSQLJob?
    }

    /// The transaction has to reach its COMMIT before.
    let deadline: ContinuousClock.Instant
    let run: @Sendable (PostgreSQLConnection) -> Ending
    let refuse: @Sendable (any Error) -> Void
    /// How often its connection was lost.
    var losses = 0

    /// So often a connection may be lost before the transaction itself is suspected.
    static let tolerableLosses = 3

    /// A transaction by itself.
    init<R: Sendable>(
        _ transaction: PostgreSQLTransaction<R>, until deadline: ContinuousClock.Instant,
        _ answer: @escaping @Sendable (Result<R, any Error>) -> Void
    ) {
        self.init(transaction, until: deadline) { result in
            answer(result)
            return nil
        } refuse: {
            answer(.failure($0))
        }
    }

    /// A transaction with successors.
    ///
    /// - Parameters:
    ///   - finish: tells the caller what became of it; answers what is to be run next.
    ///   - refuse: tells the caller that it has not been run, for want of a connection.
    init<R: Sendable>(
        _ transaction: PostgreSQLTransaction<R>, until deadline: ContinuousClock.Instant,
        finish: @escaping @Sendable (Result<R, any Error>) -> PostgreSQLJob?,
        refuse: @escaping @Sendable (any Error) -> Void
    ) {
        self.deadline = deadline
        self.refuse = refuse
        run = { connection in
            switch transaction.run(on: connection, until: deadline) {
            case .answered(let result): return .answered(next: finish(result))
            case .lost(let cause): return .lost(cause)
            case .unknown(let value, let transactionID, let cause):
                return .unknown(
                    UnknownCommit(transactionID: transactionID, epoch: connection.epoch, cause: cause) {
                        finish(.success(value))
                    })
            }
        }
    }
}
