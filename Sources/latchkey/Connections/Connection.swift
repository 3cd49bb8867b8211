import NIOCore
import Synchronization

/// One client's connection, as far as others must know of it: what it is at, and for how long.
///
/// Written on the connection's own event loop alone; read by whoever looks for one to close.
final class Connection: Sendable {
    /// What a connection is at.
    enum Phase: UInt8, Sendable, CaseIterable {
        /// Nothing has come yet.
        case opened
        /// A request is answered, and no other has begun.
        case idle
        /// A request has begun to arrive.
        case head
        /// Its head is here, and the rest is on the way.
        case body
        /// It is here, and waits for its answer.
        case answering
        /// The client does not take its answer.
        case unsent
        /// The last answer is given, and the client has yet to hang up.
        case closing
    }

    /// Whom to count it with: an address, or a network of IPv6.
    let caller: String
    private let currentPhase = Atomic(Phase.opened.rawValue)
    private let enteredAt: Atomic<UInt64>
    private let dueAt: Atomic<UInt64>
    /// Closes it, whoever calls.
    let close: @Sendable () -> Void

    init(
        caller: String, limits: ConnectionLimits, at now: NIODeadline, close: @escaping @Sendable () -> Void
    ) {
        self.caller = caller
        self.close = close
        enteredAt = Atomic(now.uptimeNanoseconds)
        dueAt = Atomic(Self.due(.opened, limits, at: now))
    }

    var phase: Phase { Phase(rawValue: currentPhase.load(ordering: .relaxed)) ?? .answering }

    /// Since when it is in this phase.
    var since: NIODeadline { .uptimeNanoseconds(enteredAt.load(ordering: .relaxed)) }

    /// Whether nobody waits for us on it, so that it may make room for another.
    var isExpendable: Bool { phase != .answering }

    func isOverdue(at now: NIODeadline) -> Bool { dueAt.load(ordering: .relaxed) <= now.uptimeNanoseconds }

    func enter(_ phase: Phase, limits: ConnectionLimits, at now: NIODeadline) {
        currentPhase.store(phase.rawValue, ordering: .relaxed)
        enteredAt.store(now.uptimeNanoseconds, ordering: .relaxed)
        dueAt.store(Self.due(phase, limits, at: now), ordering: .relaxed)
    }

    private static func due(_ phase: Phase, _ limits: ConnectionLimits, at now: NIODeadline) -> UInt64 {
        limits.time(in: phase).map { (now + $0).uptimeNanoseconds } ?? .max
    }
}
