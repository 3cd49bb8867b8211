import Identity
import JOSE
import LatchkeyVerifier
import Synchronization

/// Who of the API tokens has spent how much, in memory: two numbers a token in one flat table, at most 32 bytes each.
///
/// Each node counts by itself. A token whose time is clear is forgotten before the table grows.
///
/// The limit is that of `LatchkeyVerifier`. The memory is not its `RateLimitLedger`, whose callers are texts in a
/// dictionary: that is some hundred bytes for each, and here are all tokens of all organizations.
final class TokenRateLedger: Sendable {
    private let table = Mutex(TokenRateTable())

    /// How many bytes the table takes, and how many tokens are in it.
    var size: (bytes: Int, tokens: Int) { table.withLock { ($0.byteCount, $0.count) } }

    func spend(_ token: APIToken.ID, _ limit: RateLimit, at now: Instant) -> RateLimit.Allowance {
        table.withLock { table in
            var clearAt = table[token.rawValue]
            let allowance = limit.spend(&clearAt, at: now)
            if let clearAt { table.set(token.rawValue, clearAt, at: now) }
            return allowance
        }
    }
}

/// Open addressing with linear probing: the identifier, and when everything it has spent is free again.
struct TokenRateTable {
    private var identifiers: [Int64]
    private var clearings: [Int64]
    private(set) var count = 0

    /// Past so many tokens, all are forgotten, and the limit is lenient for a moment rather than the memory unbounded.
    static let maximumCount = 1_000_000
    /// Identifiers are never negative.
    private static let free: Int64 = -1
    private static let smallest = 64

    init(capacity: Int = smallest) {
        identifiers = Array(repeating: Self.free, count: capacity)
        clearings = Array(repeating: 0, count: capacity)
    }

    var byteCount: Int { identifiers.count * 16 }

    subscript(_ identifier: Int64) -> Instant? {
        let place = place(of: identifier)
        return identifiers[place] == identifier ? Instant(microseconds: clearings[place]) : nil
    }

    mutating func set(_ identifier: Int64, _ clearAt: Instant, at now: Instant) {
        var place = place(of: identifier)
        if identifiers[place] == Self.free {
            if (count + 1) * 5 > identifiers.count * 4 {
                makeRoom(at: now)
                place = self.place(of: identifier)
            }
            identifiers[place] = identifier
            count += 1
        }
        clearings[place] = clearAt.microseconds
    }

    /// Where it is, or would be.
    private func place(of identifier: Int64) -> Int {
        var place = Int(truncatingIfNeeded: Self.spread(identifier) % UInt64(identifiers.count))
        while identifiers[place] != identifier, identifiers[place] != Self.free {
            place = place + 1 == identifiers.count ? 0 : place + 1
        }
        return place
    }

    /// Forgets what is clear, and grows by half when that is not enough: so the table is always more than half full.
    private mutating func makeRoom(at now: Instant) {
        let living = zip(identifiers, clearings).filter { $0.0 != Self.free && $0.1 > now.microseconds }
        let kept = living.count < Self.maximumCount ? living : []
        let needed = max(Self.smallest, (kept.count + 1) * 13 / 8)
        self = TokenRateTable(capacity: needed)
        for (identifier, clearAt) in kept {
            let place = place(of: identifier)
            (identifiers[place], clearings[place]) = (identifier, clearAt)
            count += 1
        }
    }

    /// Identifiers made in one millisecond differ in few bits (the finalizer of MurmurHash3, which is in the public domain).
    private static func spread(_ identifier: Int64) -> UInt64 {
        var bits = UInt64(bitPattern: identifier)
        for factor: UInt64 in [0xFF51_AFD7_ED55_8CCD, 0xC4CE_B9FE_1A85_EC53] {
            bits = (bits ^ bits >> 33) &* factor
        }
        return bits ^ bits >> 33
    }
}
