package import JOSE

/// A signing key as it is kept: what is known of it without opening it.
package struct SigningKeyRecord: Hashable, Sendable {
    /// pending → active → retired → gone.
    package enum State: String, Sendable {
        /// Published and not yet used.
        case pending
        /// The one that signs.
        case active
        /// Published while tokens that it signed are alive. What signs is destroyed.
        case retired
    }

    /// The thumbprint (RFC 7638), `kid` in its tokens.
    package let keyID: String
    /// As stored; whoever opens the key sees whether there is such an algorithm.
    package let algorithm: String
    /// The public key as JSON.
    let publicKey: String
    /// The private key, or once retired the proof that it was ours, wrapped by the master key.
    let sealed: [UInt8]
    package let state: State
    package let createdAt: Instant
    /// When a pending key is to become active.
    package let activatesAt: Instant?
    /// Since when it signs, or signed. Nil for keys that were never pending.
    let activatedAt: Instant?
    package let retiredAt: Instant?
    /// When a retired key goes.
    package let publishedUntil: Instant?
    /// For how long the nodes that used it want a key published before it signs.
    let publication: Duration

    /// Since when it signs, or signed; nil for a pending key.
    package var signsSince: Instant? {
        state == .pending ? nil : activatedAt ?? createdAt
    }
}
