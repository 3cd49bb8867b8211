import Synchronization

/// Items of one kind on their way into the database: one transaction at a time, and what arrives while it is under way
/// goes together in the next. An item that finds the lane free goes at once.
///
/// No item waits in it longer than the transaction before, and none that has waited long starts another: so each has
/// its answer when a transaction of its own would have had it at the latest. When the database is unavailable all that
/// wait are refused; they would only find the same, one after the other.
final class PostgreSQLLane<Item: Sendable, Outcome: Sendable>: Sendable {
    typealias Caller = CheckedContinuation<Uncommitted<Outcome>, any Error>

    private struct Waiting: Sendable {
        let item: Item
        let arrival = ContinuousClock.now
        let caller: Caller
    }

    private enum Verdict {
        case waits, goes, refused
    }

    private struct State {
        var waiting: [Waiting] = []
        /// What failed together, and now goes one by one.
        var apart: [Waiting] = []
        var isUnderWay = false
    }

    private let pool: PostgreSQLPool
    private let body: JointWrites<Item, Outcome>.Body
    private let state = Mutex(State())

    init(_ pool: PostgreSQLPool, _ body: @escaping JointWrites<Item, Outcome>.Body) {
        self.pool = pool
        self.body = body
    }

    /// How many items wait for the next transaction.
    var waitingItems: Int { state.withLock { $0.waiting.count } }

    /// Takes an item along, or refuses it at once when too many wait.
    func submit(_ item: Item, _ caller: Caller) {
        let limit = pool.options.waitingInLane
        let waiting = Waiting(item: item, caller: caller)
        let verdict: Verdict = state.withLock { state in
            if state.waiting.count >= limit { return .refused }
            if state.isUnderWay {
                state.waiting.append(waiting)
                return .waits
            }
            state.isUnderWay = true
            return .goes
        }
        switch verdict {
        case .waits: break
        case .goes: pool.submit(job(for: [waiting]))
        case .refused: caller.resume(throwing: DatabaseFailure.unavailable("\(limit) writes are waiting already"))
        }
    }

    private func job(for batch: [Waiting]) -> PostgreSQLJob {
        let items = batch.map(\.item)
        let arrival = batch.first?.arrival ?? .now
        let transaction = PostgreSQLTransaction(access: .writing) { [body] in
            try JointWrites.outcomes(of: items, body, in: $0)
        }
        return PostgreSQLJob(transaction, until: arrival + pool.options.patience) { result in
            self.finish(batch, result)
        } refuse: { error in
            self.refuse(batch, error)
        }
    }

    private func finish(_ batch: [Waiting], _ result: Result<[Outcome], any Error>) -> PostgreSQLJob? {
        switch result {
        case .success(let outcomes):
            let commitment = Commitment.kept
            for (waiting, outcome) in zip(batch, outcomes) {
                waiting.caller.resume(returning: Uncommitted(value: outcome, commitment: commitment))
            }
        case .failure(DatabaseFailure.unavailable(let cause)):
            refuse(batch, DatabaseFailure.unavailable(cause))
            return nil
        case .failure(let error) where batch.count == 1: batch.first?.caller.resume(throwing: error)
        case .failure: state.withLock { $0.apart = batch }
        }
        return next()
    }

    private func refuse(_ batch: [Waiting], _ error: any Error) {
        let all = state.withLock { state in
            defer { state = State() }
            return batch + state.apart + state.waiting
        }
        for waiting in all { waiting.caller.resume(throwing: error) }
    }

    /// What goes next; nil, and the lane is free, when nothing waits.
    private func next() -> PostgreSQLJob? {
        let oldest = ContinuousClock.now - pool.options.patience / 2
        let (batch, overdue) = state.withLock { state in
            let overdue = (state.apart + state.waiting).filter { $0.arrival < oldest }
            if !overdue.isEmpty {
                state.apart.removeAll { $0.arrival < oldest }
                state.waiting.removeAll { $0.arrival < oldest }
            }
            let batch = take(from: &state)
            state.isUnderWay = !batch.isEmpty
            return (batch, overdue)
        }
        for waiting in overdue {
            waiting.caller.resume(throwing: DatabaseFailure.unavailable("\(pool.address): too slow for all that wait"))
        }
        return batch.isEmpty ? nil : job(for: batch)
    }

    private func take(from state: inout State) -> [Waiting] {
        if !state.apart.isEmpty { return [state.apart.removeFirst()] }
        let batch = Array(state.waiting.prefix(pool.options.together))
        state.waiting.removeFirst(batch.count)
        return batch
    }
}
