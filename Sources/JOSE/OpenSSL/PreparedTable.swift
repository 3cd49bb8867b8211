import COpenSSL
import Synchronization

/// The ``P256Table`` of a key, made once the key has shown that it is worth one: those of an issuer verify every token,
/// and a passkey's verifies one signature and is gone.
final class PreparedTable: Sendable {
    private enum State {
        case counting(Int)
        /// Whoever makes it is on it; the others go on without.
        case making
        case ready(P256Table)
        /// It would bring nothing with this libcrypto.
        case impossible
    }

    /// After so many signatures: the table costs as much as some hundred of them.
    static let worthwhileAfter = 256

    private let key: KeyHandle
    private let state = Mutex(State.counting(0))

    /// - Parameter key: of P-256, checked.
    init(_ key: KeyHandle) {
        self.key = key
    }

    /// Whether it is made.
    var isReady: Bool {
        state.withLock { if case .ready = $0 { true } else { false } }
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
        let made = make()
        // What libcrypto notes of a failure here must not be read later as the cause of something else.
        if made == nil { ERR_clear_error() }
        state.withLock { $0 = made.map(State.ready) ?? .impossible }
        return made
    }

    private func make() -> P256Table? {
        guard case .p256(let x, let y)? = try? key.publicMaterial(for: .es256) else { return nil }
        return P256Table(point: [0x04] + x + y)
    }
}
