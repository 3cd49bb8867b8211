import JOSE
import Synchronization

/// Tokens that are asked about at the same time, gathered into calls: one call under way, and those that come meanwhile
/// in the next. A call that fails fails those that wait behind it, for they would wait as long for the same. All state
/// behind one lock.
final class IntrospectionBatches: Sendable {
    /// The answers in the order of the questions; nil when there are none.
    private typealias Answers = Task<[JSONObject]?, Never>

    private struct Locked {
        /// Questions of calls that are not under way yet, by the number of the call.
        var waiting: [Int: [Introspection.Question]] = [:]
        var newest = 0
        /// Calls up to this number fail: one before them did.
        var failed = 0
        var call: Answers?
        /// When the last call began.
        var begunAt: ContinuousClock.Instant?
    }

    /// Between the beginnings of two calls. Invented tokens, of which each is a question, make no more than 200 calls a
    /// second, each of up to a hundred tokens.
    static let pace: Duration = .milliseconds(5)

    private let ask: @Sendable ([Introspection.Question]) async throws -> [UInt8]
    private let locked = Mutex(Locked())

    init(_ ask: @escaping @Sendable ([Introspection.Question]) async throws -> [UInt8]) {
        self.ask = ask
    }

    /// Nil when there is no answer.
    func answer(to question: Introspection.Question) async -> JSONObject? {
        let (answers, index) = locked.withLock { join(question, &$0) }
        return await answers.value?[index]
    }

    private func join(_ question: Introspection.Question, _ locked: inout Locked) -> (Answers, Int) {
        if let call = locked.call, let index = locked.waiting[locked.newest]?.count,
            index < Introspection.maximumBatch
        {
            locked.waiting[locked.newest]?.append(question)
            return (call, index)
        }
        locked.newest += 1
        locked.waiting[locked.newest] = [question]
        let call = call(locked.newest, after: locked.call)
        locked.call = call
        return (call, 0)
    }

    private func call(_ number: Int, after former: Answers?) -> Answers {
        // Not a child of the request that came first: its cancellation must not fail all the others.
        Task.detached { [self] in
            _ = await former?.value
            if let begunAt = locked.withLock(\.begunAt) {
                try? await Task.sleep(for: Self.pace - begunAt.duration(to: .now))
            }
            let (questions, hasFailed) = locked.withLock { locked in
                locked.begunAt = .now
                return (locked.waiting.removeValue(forKey: number) ?? [], number <= locked.failed)
            }
            guard !hasFailed else { return nil }
            guard let body = try? await ask(questions),
                let answers = IntrospectionResponse.batch(body, count: questions.count)
            else {
                locked.withLock { $0.failed = max($0.failed, $0.newest) }
                return nil
            }
            return answers
        }
    }
}
