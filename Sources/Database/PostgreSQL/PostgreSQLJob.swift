/// A transaction that waits for a connection: how to run it, and how to tell its caller when it cannot be.
struct PostgreSQLJob: Sendable {
    /// What is left to do for the worker.
    enum Ending {
        /// The caller has its answer.
        case answered
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
        /// Gives the caller the result, for it is committed after all.
        let confirm: @Sendable () -> Void
    }

    /// The transaction has to reach its COMMIT before.
    let deadline: ContinuousClock.Instant
    let run: @Sendable (PostgreSQLConnection) -> Ending
    let refuse: @Sendable (any Error) -> Void
    /// How often its connection was lost.
    var losses = 0

    /// So often a connection may be lost before the transaction itself is suspected.
    static let tolerableLosses = 3

    init<R: Sendable>(
        _ transaction: PostgreSQLTransaction<R>, until deadline: ContinuousClock.Instant,
        _ caller: CheckedContinuation<R, any Error>
    ) {
        self.deadline = deadline
        refuse = { caller.resume(throwing: $0) }
        run = { connection in
            switch transaction.run(on: connection, until: deadline) {
            case .answered(let result):
                caller.resume(with: result)
                return .answered
            case .lost(let cause): return .lost(cause)
            case .unknown(let value, let transactionID, let cause):
                return .unknown(
                    UnknownCommit(transactionID: transactionID, epoch: connection.epoch, cause: cause) {
                        caller.resume(returning: value)
                    })
            }
        }
    }
}
