import JOSE
import Synchronization

/// What the issuer said lately about API tokens, by the SHA-256 of the token. One question at a time about each,
/// whoever asks; all state behind one lock.
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
        var active = RecentEntries<Entry>(halfCapacity: halfCapacity)
        // Of its own, so that invented tokens push out no good one.
        var inactive = RecentEntries<Entry>(halfCapacity: halfCapacity)
        var questions: [[UInt8]: Question] = [:]
    }

    private enum Step {
        case known(Outcome)
        case wait(Task<Outcome, Never>)
    }

    private let issuer: String
    private let ask: @Sendable (String) async -> JSONObject?
    private let locked = Mutex(Locked())

    init(_ introspection: Introspection, issuer: String) {
        self.issuer = issuer
        switch introspection {
        case .single(let ask):
            self.ask = { token in (try? await ask(token)).flatMap(IntrospectionResponse.single) }
        case .batch(let ask):
            let batches = IntrospectionBatches(ask)
            self.ask = { token in await batches.answer(to: token) }
        }
    }

    nonisolated(nonsending) func token(
        _ text: String, _ digest: [UInt8], at now: Instant
    ) async throws(TokenVerifier.Failure) -> VerifiedToken {
        switch locked.withLock({ step(text, digest, at: now, &$0) }) {
        case .known(let outcome): return try outcome.get()
        case .wait(let task): return try await task.value.get()
        }
    }

    /// How many answers are kept.
    var count: Int { locked.withLock { $0.active.count + $0.inactive.count } }

    /// How many tokens are being asked about.
    var questionCount: Int { locked.withLock { $0.questions.count } }

    private func step(_ text: String, _ digest: [UInt8], at now: Instant, _ locked: inout Locked) -> Step {
        let known =
            locked.active.entry(digest) { $0.isGood(at: now) } ?? locked.inactive.entry(digest) { $0.isGood(at: now) }
        if let known { return .known(known.outcome) }
        // A question that hangs gives no later caller an answer older than it may be.
        if let question = locked.questions[digest], now < question.askedAt + Introspection.activeLifetime {
            return .wait(question.task)
        }
        guard locked.questions.count < Self.maximumQuestions else { return .known(.failure(.introspectionUnavailable)) }
        // Not a child of the request that came first: its cancellation must not fail all the others.
        let task = Task.detached { [self] in
            let outcome = await outcome(of: text, at: now)
            end(digest, outcome, askedAt: now)
            return outcome
        }
        locked.questions[digest] = Question(askedAt: now, task: task)
        return .wait(task)
    }

    private func outcome(of text: String, at now: Instant) async -> Outcome {
        guard let answer = await ask(text) else { return .failure(.introspectionUnavailable) }
        do throws(TokenVerifier.Failure) {
            return .success(try VerifiedToken(introspected: answer, issuer: issuer, at: now))
        } catch {
            return .failure(error)
        }
    }

    private func end(_ digest: [UInt8], _ outcome: Outcome, askedAt: Instant) {
        locked.withLock { locked in
            if locked.questions[digest]?.askedAt == askedAt { locked.questions[digest] = nil }
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
