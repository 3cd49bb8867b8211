import Identity
import JOSE
import LatchkeyVerifier
import Synchronization

/// A verifier of this very server's tokens. It follows the keys in memory at once: a key that is gone verifies nothing
/// from the next call on, and a new one needs no time to be noticed.
final class OwnTokenVerifier: Sendable {
    private struct State {
        let contents: SigningKeyRing.Contents
        let verifier: TokenVerifier
    }

    private let issuer: String
    private let ring: SigningKeyRing
    private let state: Mutex<State>

    init(issuer: String, ring: SigningKeyRing) {
        self.issuer = issuer
        self.ring = ring
        state = Mutex(Self.state(issuer, ring.contents))
    }

    nonisolated(nonsending) func verify(
        _ token: String, at now: Instant
    ) async throws(TokenVerifier.Failure) -> VerifiedToken {
        try await current.verify(token, at: now)
    }

    private var current: TokenVerifier {
        let contents = ring.contents
        return state.withLock { state in
            if state.contents !== contents { state = Self.state(issuer, contents) }
            return state.verifier
        }
    }

    private static func state(_ issuer: String, _ contents: SigningKeyRing.Contents) -> State {
        State(
            contents: contents,
            verifier: TokenVerifier(
                issuer: issuer, ofAnyAudienceSignedWith: [.es256], keys: .fixed(JSONWebKeySet(contents.published))))
    }
}
