import JOSE
import Synchronization

/// What the issuer said lately about API tokens, by the SHA-256 of the token. One question at a time about each,
/// whoever asks; all state behind one lock.
///
/// Each call that is answered is counted, and the issuer told of it with the next question about its token. It counts
/// those of a token that it calls good, and no others: so the count is kept until it has said that.
final class IntrospectedTokens: Sendable {
    typealias Outcome = Result<VerifiedToken, TokenVerifier.Failure>

    /// Of each kind both halves together hold twice as many.
    static let halfCapacity = 5000
    /// Tokens asked about at a time. Beyond it the issuer is slow or gone, and to wait would only make it longer.
    static let maximumQuestions = 1000

    /// Good from the moment of the question, for the answer may be as old.
    private struct Entry {
        let outcome: Outcome
        let askedAt: Instant
        let until: Instant

        /// A clock that was set back makes no answer last longer.
        func isGood(at now: Instant) -> Bool { now < until && now >= askedAt - .seconds(1) }
    }

    private struct Question {
        let askedAt: Instant
        let task: Task<Outcome, Never>
    }

    private struct Locked {
        var active = RecentEntries<[UInt8], Entry>(halfCapacity: halfCapacity)
        // Of its own, so that invented tokens push out no good one.
        var inactive = RecentEntries<[UInt8], Entry>(halfCapacity: halfCapacity)
        var questions: [[UInt8]: Question] = [:]
        var untold = UntoldCalls()
    }

    private enum Step {
        case known(Outcome)
        /// For the answer to a question that tells of this call.
        case ask(Task<Outcome, Never>)
        /// For the answer to a question that was asked before this call came.
        case wait(Task<Outcome, Never>)
    }

    private let issuer: String
    private let ask: @Sendable (Introspection.Question) async -> JSONObject?
    private let locked = Mutex(Locked())

    init(_ introspection: Introspection, issuer: String) {
        self.issuer = issuer
        switch introspection {
        case .single(let ask):
            self.ask = { question in (try? await ask(question)).flatMap(IntrospectionResponse.single) }
        case .batch(let ask):
            let batches = IntrospectionBatches(ask)
            self.ask = { question in await batches.answer(to: question) }
        }
    }

    nonisolated(nonsending) func token(
        _ text: String, _ digest: [UInt8], at now: Instant
    ) async throws(TokenVerifier.Failure) -> VerifiedToken {
        switch locked.withLock({ step(text, digest, at: now, &$0) }) {
        case .known(let outcome): return try outcome.get()
        case .ask(let task): return try await task.value.get()
        case .wait(let task):
            let token = try await task.value.get()
            locked.withLock { $0.untold.add(1, digest) }
            return token
        }
    }

    /// How many answers are kept.
    var count: Int { locked.withLock { $0.active.count + $0.inactive.count } }

    /// How many tokens are being asked about.
    var questionCount: Int { locked.withLock { $0.questions.count } }

    private func step(_ text: String, _ digest: [UInt8], at now: Instant, _ locked: inout Locked) -> Step {
        let known =
            locked.active.entry(digest) { $0.isGood(at: now) } ?? locked.inactive.entry(digest) { $0.isGood(at: now) }
        if let known {
            if case .success = known.outcome { locked.untold.add(1, digest) }
            return .known(known.outcome)
        }
        // A question that hangs gives no later caller an answer older than it may be.
        if let question = locked.questions[digest], now < question.askedAt + Introspection.activeLifetime {
            return .wait(question.task)
        }
        guard locked.questions.count < Self.maximumQuestions else { return .known(.failure(.introspectionUnavailable)) }
        let untold = locked.untold.take(digest, atMost: Introspection.maximumCalls - 1)
        let question = Introspection.Question(token: text, calls: untold + 1)
        // Not a child of the request that came first: its cancellation must not fail all the others.
        let task = Task.detached { [self] in
            let answer = await ask(question)
            let outcome = outcome(of: answer, at: now)
            let isCounted = answer?["active"]?.bool == true
            end(digest, outcome, untold: isCounted ? 0 : untold, askedAt: now)
            return outcome
        }
        locked.questions[digest] = Question(askedAt: now, task: task)
        return .ask(task)
    }

    private func outcome(of answer: JSONObject?, at now: Instant) -> Outcome {
        guard let answer else { return .failure(.introspectionUnavailable) }
        do throws(TokenVerifier.Failure) {
            return .success(try VerifiedToken(introspected: answer, issuer: issuer, at: now))
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter untold: calls that the question told of in vain.
    private func end(_ digest: [UInt8], _ outcome: Outcome, untold: Int, askedAt: Instant) {
        locked.withLock { locked in
            if locked.questions[digest]?.askedAt == askedAt { locked.questions[digest] = nil }
            locked.untold.add(untold, digest)
            switch outcome {
            case .success(let token):
                let until = askedAt + Introspection.activeLifetime
                let entry = Entry(outcome: outcome, askedAt: askedAt, until: min(until, token.expiresAt ?? until))
                locked.active.insert(entry, digest)
            case .failure(.introspectionUnavailable): break
            case .failure:
                let until = askedAt + Introspection.inactiveLifetime
                locked.inactive.insert(Entry(outcome: outcome, askedAt: askedAt, until: until), digest)
            }
        }
    }
}
