public import LatchkeyVerifier
import Synchronization

/// Remembers answers in memory, for a process by itself: they are gone when it ends. All state behind one lock.
///
/// Bounded: past so many answers or bytes, the oldest are forgotten first. An organization has a sixteenth of it at most,
/// and past that loses its own: none makes another's calls be done twice. What runs is never forgotten.
public final class IdempotencyMemory: IdempotencyStore {
    /// For how long an answer is given again.
    public static let lifetime: Duration = .seconds(86_400)
    /// How many answers are remembered at most.
    public static let maximumCount = 10_000
    /// How many bytes they have at most, all together.
    public static let maximumBytes = 64 * 1024 * 1024
    /// Into so many parts both are divided, of which an organization has one at most.
    public static let shares = 16

    private let state = Mutex(State())
    private let limit: Size
    private let share: Size

    /// A memory with nothing in it.
    public convenience init() {
        self.init(maximumCount: Self.maximumCount, maximumBytes: Self.maximumBytes, shares: Self.shares)
    }

    init(maximumCount: Int, maximumBytes: Int, shares: Int) {
        limit = Size(count: maximumCount, bytes: maximumBytes)
        share = Size(count: maximumCount / shares, bytes: maximumBytes / shares)
    }

    /// How many answers are remembered, and what they weigh.
    var size: (count: Int, bytes: Int) { state.withLock { ($0.size.count, $0.size.bytes) } }

    /// Takes a call up, or says why not.
    public func begin(_ call: IdempotentCall, at now: Instant) -> IdempotencyStanding {
        state.withLock { state in
            while let end = state.oldestEnd(), now - end >= Self.lifetime, state.forgetOldest() {}
            guard let entry = state.entries[Name(call)] else {
                state.entries[Name(call)] = Entry(fingerprint: call.fingerprint)
                return .begun
            }
            guard entry.fingerprint == call.fingerprint else { return .mismatch }
            return entry.answer.map { .answered($0) } ?? .running
        }
    }

    /// Remembers an answer.
    public func finish(_ call: IdempotentCall, _ answer: RecordedAnswer, at now: Instant) {
        state.withLock { state in
            guard state.entries[Name(call)]?.answer == nil else { return }
            state.remember(Name(call), call.fingerprint, answer, at: now)
            while state.own[call.tenant]?.size.exceeds(share) == true, state.forgetOldest(of: call.tenant) {}
            while state.size.exceeds(limit), state.forgetOldest() {}
        }
    }

    /// Forgets a call.
    public func abandon(_ call: IdempotentCall) {
        state.withLock { state in
            if let entry = state.entries[Name(call)], entry.answer == nil { state.entries[Name(call)] = nil }
        }
    }
}
