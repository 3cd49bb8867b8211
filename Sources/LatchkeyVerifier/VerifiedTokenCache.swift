import JOSE
import Synchronization

/// The tokens verified lately, by the SHA-256 of the whole token, signature included. All state behind one lock.
///
/// Two halves: when the young one is full it becomes the old one, and the old one is dropped. What is asked for in the
/// old half moves to the young one, so that tokens in use stay and no list has to be kept in order.
final class VerifiedTokenCache: Sendable {
    /// Each half holds this many tokens; both together some 20 MB at most in practice.
    static let halfCapacity = 5000

    private struct Entry {
        let token: VerifiedToken
        let generation: Int
    }

    private struct Halves {
        var young: [[UInt8]: Entry] = [:]
        var old: [[UInt8]: Entry] = [:]

        mutating func insert(_ entry: Entry, _ digest: [UInt8]) {
            if young.count >= VerifiedTokenCache.halfCapacity {
                old = young
                young = [:]
            }
            young[digest] = entry
        }
    }

    private let halves = Mutex(Halves())

    /// The token, when it was verified with keys of this generation and `now` is within its time. The clock tolerance
    /// is not for here: a token past its `exp` is verified anew.
    func token(_ digest: [UInt8], _ generation: Int, at now: Instant) -> VerifiedToken? {
        halves.withLock { halves in
            guard let entry = halves.young[digest] ?? halves.old[digest], entry.generation == generation,
                now < entry.token.expiresAt, now >= entry.token.acceptableFrom
            else { return nil }
            if halves.young[digest] == nil { halves.insert(entry, digest) }
            return entry.token
        }
    }

    func insert(_ token: VerifiedToken, _ digest: [UInt8], _ generation: Int) {
        halves.withLock { $0.insert(Entry(token: token, generation: generation), digest) }
    }

    /// How many tokens there are, in both halves.
    var count: Int {
        halves.withLock { $0.young.count + $0.old.count }
    }
}
