import Synchronization

/// The ``P256Table`` of a key, made once the key has shown that it is worth one: those of an issuer verify every token,
/// and a passkey's verifies one signature and is gone.
final class PreparedTable: Sendable {
    private enum State {
        case counting(Int)
        /// Whoever makes it is on it; the others go on without.
        case making
        case ready(P256Table)
        /// This libcrypto makes none.
        case impossible
    }

    /// After so many signatures: the table costs as much as some hundred of them.
    static let worthwhileAfter = 256

    private let point: [UInt8]
    private let state = Mutex(State.counting(0))

    /// - Parameter point: a point that has been checked to be on the curve, as SEC 1 §2.3.3 writes it.
    init(point: [UInt8]) {
        self.point = point
    }

    /// The table, when there is one. The caller whose signature makes it worthwhile waits until it is made.
    var table: P256Table? {
        let (table, isMine) = state.withLock { state -> (P256Table?, Bool) in
            switch state {
            case .ready(let table): return (table, false)
            case .making, .impossible: return (nil, false)
            case .counting(let count):
                state = count + 1 < Self.worthwhileAfter ? .counting(count + 1) : .making
                return (nil, count + 1 >= Self.worthwhileAfter)
            }
        }
        guard isMine else { return table }
        let made = P256Table(point: point)
        state.withLock { $0 = made.map(State.ready) ?? .impossible }
        return made
    }
}
