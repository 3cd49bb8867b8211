import JOSE
import Synchronization

/// Calls with API tokens that are counted and not yet written.
///
/// A use must cost no write, so it is noted here and written every few seconds, and once more at the end. **A crash
/// loses the uses since the last writing, three seconds of them, and nothing else.** No decision rests on them but
/// those of people, and whether a quota of many thousands is used up.
package final class APITokenUses: Sendable {
    /// The uses of one token on one day.
    struct Tally: Sendable {
        let organization: Organization.ID
        var calls: Int64
        var lastAt: Instant
        var lastOrigin: RequestOrigin
    }

    struct Key: Hashable, Comparable, Sendable {
        let token: APIToken.ID
        /// Its first moment.
        let day: Instant

        static func < (left: Key, right: Key) -> Bool {
            (left.token, left.day) < (right.token, right.day)
        }
    }

    private let tallies = Mutex<[Key: Tally]>([:])

    /// Past so many, what is new is not counted until they are written: the memory has a bound too.
    static let maximumCount = 50_000

    /// Notes uses, mostly one.
    func count(_ token: APIToken, _ calls: Int64 = 1, at now: Instant, from origin: RequestOrigin) {
        let tally = Tally(organization: token.organization, calls: calls, lastAt: now, lastOrigin: origin)
        let key = Key(token: token.id, day: now.startOfDay)
        tallies.withLock { Self.add(tally, of: key, to: &$0) }
    }

    /// All that is waiting, which is then no longer here.
    func take() -> [Key: Tally] {
        tallies.withLock { tallies in
            defer { tallies = [:] }
            return tallies
        }
    }

    /// Notes what could not be written, beside what has come meanwhile.
    func add(_ more: [Key: Tally]) {
        tallies.withLock { tallies in
            for (key, tally) in more { Self.add(tally, of: key, to: &tallies) }
        }
    }

    private static func add(_ tally: Tally, of key: Key, to tallies: inout [Key: Tally]) {
        guard tallies.count < maximumCount || tallies[key] != nil else { return }
        tallies[key] = tallies[key]?.joined(with: tally) ?? tally
    }
}

extension APITokenUses.Tally {
    fileprivate func joined(with other: Self) -> Self {
        var later = other.lastAt >= lastAt ? other : self
        later.calls = calls.addingReportingOverflow(other.calls).overflow ? .max : calls + other.calls
        return later
    }
}
