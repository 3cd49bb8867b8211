package import JOSE
import Synchronization

/// The signing keys as this node holds them in memory: the one that signs, and the published set ready to send.
package final class SigningKeyRing: Sendable {
    /// What is held at one moment.
    package final class Contents: Sendable {
        /// The one that signs. Nil when this node can read no key that may sign: then it issues nothing.
        package let active: SigningKey?
        /// All published keys: the active one, then the pending one, then the retired ones, the latest first.
        package let published: [JSONWebKey]
        /// The JSON Web Key Set (RFC 7517 §5), ready to send.
        package let document: [UInt8]
        /// Its strong entity tag, with quotes.
        package let entityTag: String

        /// What was opened, by name, so that it is not opened again.
        let opened: [String: OpenedSigningKey]
        /// The keys of the database of which these are those that could be read.
        let keys: SigningKeySet

        init(_ keys: SigningKeySet, opened: [String: OpenedSigningKey], active: SigningKey?) {
            self.keys = keys
            self.opened = opened
            self.active = active
            published = keys.inOrderOfUse.compactMap { opened[$0.keyID]?.publicKey }
            document = JSONWebKeySet(published).serialized()
            entityTag = "\"\(Base64URL.encode(Array(SHA256.hash(document).prefix(12))))\""
        }
    }

    private struct State {
        var contents: Contents
        /// When the database was last seen to hold just these keys.
        var confirmedAt: Instant
    }

    private let state: Mutex<State>
    private let schedule: SigningKeySchedule

    init(_ contents: Contents, schedule: SigningKeySchedule, at now: Instant) {
        state = Mutex(State(contents: contents, confirmedAt: now))
        self.schedule = schedule
    }

    package var contents: Contents { state.withLock { $0.contents } }

    /// What is held, and for how long the published set may be kept by who fetches it now, in whole seconds.
    ///
    /// A node that could not look into its database for a while does not know whether another has published a key
    /// since. What it serves is to be kept no longer than until such a key may sign.
    package func published(at now: Instant) -> (Contents, lifetime: Int64) {
        let state = state.withLock { $0 }
        let usual = schedule.keySetLifetime
        let known = state.confirmedAt + schedule.reloadBound + usual - now
        return (state.contents, max(0, min(usual, known).components.seconds))
    }

    func replace(with contents: Contents) {
        state.withLock { $0.contents = contents }
    }

    func confirm(at now: Instant) {
        state.withLock { $0.confirmedAt = max($0.confirmedAt, now) }
    }
}

extension SigningKeySet {
    /// Verifiers that read only so many keys of a set find those first that matter most.
    fileprivate var inOrderOfUse: [SigningKeyRecord] {
        [active, pending].compactMap(\.self) + keys.reversed().filter { $0.state == .retired }
    }
}
