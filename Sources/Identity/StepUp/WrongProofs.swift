import Database
import JOSE

/// How many wrong codes a user has sent since the last right one, by whichever route.
///
/// The fifth closes every route for a quarter of an hour, and each further five for twice as long, up to a day: six
/// digits are few enough to be found by whoever may go on trying, and no one is locked out for good.
struct WrongProofs: Hashable, Sendable {
    private(set) var count: Int64 = 0
    private(set) var lastAt: Instant?

    /// So many in a row, and then a pause.
    static let maximum: Int64 = 5
    static let firstPause = Duration.seconds(900)
    static let longestPause = Duration.seconds(86_400)

    init(count: Int64 = 0, lastAt: Instant? = nil) {
        self.count = count
        self.lastAt = lastAt
    }

    /// When codes are heard again; nil: now.
    func lockedUntil(_ now: Instant) -> Instant? {
        guard let lastAt, count > 0, count % Self.maximum == 0 else { return nil }
        let end = lastAt + pause
        return now < end ? end : nil
    }

    private var pause: Duration {
        // After seven doublings the pause is longer than the longest.
        min(Self.firstPause * (1 << Int(min(count / Self.maximum - 1, 7))), Self.longestPause)
    }

    /// Counts one. Answers the end of the pause that begins with it.
    mutating func miss(at now: Instant) -> Instant? {
        count = count == .max ? count : count + 1
        lastAt = now
        return lockedUntil(now)
    }
}

extension WrongProofs {
    static func find(of user: User.ID, in transaction: Transaction) throws -> WrongProofs {
        let row = try transaction.row("SELECT count, last_at FROM wrong_proofs WHERE user_id = ?", .id(user))
        return try row.map { WrongProofs(count: try $0.integer(0), lastAt: try $0.time(1)) } ?? WrongProofs()
    }

    func save(of user: User.ID, at now: Instant, in transaction: Transaction) throws {
        _ = try transaction.run(
            """
            INSERT INTO wrong_proofs (user_id, count, last_at) VALUES (?, ?, ?)
            ON CONFLICT (user_id) DO UPDATE SET count = excluded.count, last_at = excluded.last_at
            """, .id(user), .integer(count), .time(lastAt ?? now))
    }

    static func forget(of user: User.ID, in transaction: Transaction) throws {
        _ = try transaction.run("DELETE FROM wrong_proofs WHERE user_id = ?", .id(user))
    }
}
