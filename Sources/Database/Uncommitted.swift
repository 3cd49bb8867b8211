import Synchronization

/// The result of a body whose transaction has not been committed yet: not to be told to anyone.
struct Uncommitted<Value: Sendable>: Sendable {
    let value: Value
    let commitment: Commitment
}

/// The outcome of a commit, awaited by the one caller it concerns.
final class Commitment: Sendable {
    typealias Outcome = Result<Void, any Error>

    private enum State {
        case open
        case awaited(CheckedContinuation<Void, any Error>)
        case settled(Outcome)
    }

    private let state: Mutex<State>

    /// Of a commit that is under way or about to be.
    init() { state = Mutex(.open) }

    /// Of a commit that has succeeded. Any number of callers may share it.
    static var kept: Commitment {
        let commitment = Commitment()
        commitment.settle(.success(()))
        return commitment
    }

    /// Returns when the commit has succeeded; throws why it has not.
    func kept() async throws {
        try await withCheckedThrowingContinuation { continuation in
            let outcome: Outcome? = state.withLock { state in
                if case .settled(let outcome) = state { return outcome }
                state = .awaited(continuation)
                return nil
            }
            if let outcome { continuation.resume(with: outcome) }
        }
    }

    /// Tells the outcome, once.
    func settle(_ outcome: Outcome) {
        let waiter: CheckedContinuation<Void, any Error>? = state.withLock { state in
            defer { state = .settled(outcome) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiter?.resume(with: outcome)
    }
}
