public import LatchkeyVerifier
import Synchronization

/// Remembers answers in memory, for a process by itself: they are gone when it ends. All state behind one lock.
///
/// Bounded: past so many answers or bytes, the oldest are forgotten first. What runs is never forgotten.
public final class IdempotencyMemory: IdempotencyStore {
    /// For how long an answer is given again.
    public static let lifetime: Duration = .seconds(86_400)
    /// How many answers are remembered at most.
    public static let maximumCount = 10_000
    /// How many bytes they have at most, all together.
    public static let maximumBytes = 64 * 1024 * 1024

    fileprivate struct Name: Hashable {
        let credential: String
        let key: String

        init(_ call: IdempotentCall) {
            (credential, key) = (call.credential, call.key)
        }
    }

    fileprivate struct Entry {
        let fingerprint: [UInt8]
        var answer: RecordedAnswer?
        var finishedAt: Instant?
        /// Its place in the order of ends.
        var number = 0
    }

    fileprivate struct State {
        var entries: [Name: Entry] = [:]
        /// What is done, the oldest first, from `first` on.
        var order: [(name: Name, number: Int)] = []
        var first = 0
        var next = 1
        var bytes = 0
        var done: Int { order.count - first }
    }

    private let state = Mutex(State())
    private let maximumCount: Int
    private let maximumBytes: Int

    /// A memory with nothing in it.
    public convenience init() {
        self.init(maximumCount: Self.maximumCount, maximumBytes: Self.maximumBytes)
    }

    init(maximumCount: Int, maximumBytes: Int) {
        self.maximumCount = maximumCount
        self.maximumBytes = maximumBytes
    }

    /// How many answers are remembered, and what they weigh.
    var size: (count: Int, bytes: Int) { state.withLock { ($0.done, $0.bytes) } }

    /// Takes a call up, or says why not.
    public func begin(_ call: IdempotentCall, at now: Instant) -> IdempotencyStanding {
        state.withLock { state in
            while let oldest = state.oldest, let end = oldest.finishedAt, now - end >= Self.lifetime {
                state.forgetOldest()
            }
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
            let name = Name(call)
            guard state.entries[name]?.answer == nil else { return }
            state.entries[name] = Entry(
                fingerprint: call.fingerprint, answer: answer, finishedAt: now, number: state.next)
            state.order.append((name, state.next))
            state.next += 1
            state.bytes += answer.weight
            while state.done > maximumCount || state.bytes > maximumBytes { state.forgetOldest() }
        }
    }

    /// Forgets a call.
    public func abandon(_ call: IdempotentCall) {
        state.withLock { state in
            if let entry = state.entries[Name(call)], entry.answer == nil { state.entries[Name(call)] = nil }
        }
    }
}

extension IdempotencyMemory.State {
    fileprivate var oldest: IdempotencyMemory.Entry? {
        first < order.count ? entries[order[first].name] : nil
    }

    fileprivate mutating func forgetOldest() {
        guard first < order.count else { return }
        let (name, number) = order[first]
        first += 1
        if let entry = entries[name], entry.number == number {
            bytes -= entry.answer?.weight ?? 0
            entries[name] = nil
        }
        // The room of those that went is given back when it is half of all.
        if first > 64, first * 2 > order.count {
            order.removeFirst(first)
            first = 0
        }
    }
}

extension RecordedAnswer {
    /// What it weighs in memory, about.
    fileprivate var weight: Int {
        headers.reduce(256 + (body?.count ?? 0)) { $0 + $1.reduce(32) { $0 + $1.utf8.count } }
    }
}
