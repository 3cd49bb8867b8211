import JOSE
import Synchronization

/// The tokens verified lately, by the SHA-256 of the whole token, signature included. All state behind one lock.
final class VerifiedTokenCache: Sendable {
    /// Each half holds this many tokens; both together some 20 MB at most in practice.
    static let halfCapacity = 5000

    /// A class, because entries are moved when there are more of them, and a token has a dozen references in it.
    private final class Entry: Sendable {
        let token: VerifiedToken
        let generation: Int

        init(_ token: VerifiedToken, _ generation: Int) {
            (self.token, self.generation) = (token, generation)
        }
    }

    private let entries = Mutex(RecentEntries<[UInt8], Entry>(halfCapacity: halfCapacity))

    /// The token, when it was verified with keys of this generation and `now` is within its time. The clock tolerance
    /// is not for here: a token past its `exp` is verified anew.
    func token(_ digest: [UInt8], _ generation: Int, at now: Instant) -> VerifiedToken? {
        entries.withLock { entries in
            entries.entry(digest) { entry in
                guard let end = entry.token.expiresAt else { return false }
                return entry.generation == generation && now < end && now >= entry.token.acceptableFrom
            }?.token
        }
    }

    func insert(_ token: VerifiedToken, _ digest: [UInt8], _ generation: Int) {
        entries.withLock { $0.insert(Entry(token, generation), digest) }
    }

    /// How many tokens there are.
    var count: Int { entries.withLock(\.count) }
}
