/// A write that waits for its batch: its body, and how to tell its caller what became of it.
struct QueuedWrite: Sendable {
    /// What is left to do once the body has run.
    struct Ran: Sendable {
        /// Gives the caller the result before the commit, if it asked for that.
        let announce: @Sendable () -> Void
        /// Tells the caller how the commit went; nil is success.
        let settle: @Sendable (DatabaseFailure?) -> Void
    }

    /// Runs the body, once.
    let run: @Sendable (Transaction) throws -> Ran
    /// Tells the caller that nothing was written, and why. Called instead of `Ran.settle`.
    let refuse: @Sendable (any Error) -> Void
}

extension QueuedWrite {
    /// A write whose caller waits for the commit.
    init<R: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> R, _ caller: CheckedContinuation<R, any Error>
    ) {
        run = { transaction in
            let value = try body(transaction)
            return Ran(
                announce: {},
                settle: { failure in
                    if let failure { caller.resume(throwing: failure) } else { caller.resume(returning: value) }
                })
        }
        refuse = { caller.resume(throwing: $0) }
    }

    /// A write whose caller goes on as soon as the body has run, and awaits the commit later.
    init<R: Sendable>(
        ahead body: @escaping @Sendable (Transaction) throws -> R,
        _ caller: CheckedContinuation<Uncommitted<R>, any Error>
    ) {
        run = { transaction in
            let uncommitted = Uncommitted(value: try body(transaction), commitment: Commitment())
            return Ran(
                announce: { caller.resume(returning: uncommitted) },
                settle: { uncommitted.commitment.settle($0.map { .failure($0) } ?? .success(())) })
        }
        refuse = { caller.resume(throwing: $0) }
    }
}
