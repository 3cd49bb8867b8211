import Database
package import JOSE

/// A browser that is signed in.
package struct Session: Sendable, Identified {
    package static let identifierPrefix = "ses"
    package typealias ID = Identifier<Session>

    package let id: ID
    package let user: User.ID
    /// When the person proved who they are.
    package let authTime: Instant
    /// How (RFC 8176): `email` for a magic link or its code, `hwk` or `swk` with others for a passkey.
    package let amr: [String]
    /// Where it was begun.
    package let address: String
    package let agent: String
    package let createdAt: Instant
    package var lastSeenAt: Instant
    package let expiresAt: Instant
    package var endedAt: Instant?
    var wrongUserCodes: Int64
    var lastWrongUserCodeAt: Instant?
    /// The second factor that was last shown in this very browser; nil: none ever.
    package var stepUp: StepUp?

    /// A session ends 30 days after it began, or 14 days after it was last seen.
    package static let lifetime = Duration.seconds(30 * 86_400)
    package static let idleLifetime = Duration.seconds(14 * 86_400)
    /// How fine `lastSeenAt` is: not every page writes.
    static let sightingInterval = Duration.seconds(300)

    package func isAlive(at now: Instant) -> Bool {
        endedAt == nil && now < expiresAt && now - lastSeenAt < Self.idleLifetime
    }

    /// RFC 8628 §5.1: five wrong user codes, and the session waits for the lifetime of a code.
    static let maximumWrongUserCodes: Int64 = 5

    func isLockedOut(at now: Instant) -> Bool {
        guard let lastWrongUserCodeAt, wrongUserCodes >= Self.maximumWrongUserCodes else { return false }
        return now - lastWrongUserCodeAt < DeviceAuthorization.lifetime
    }

    /// Counts a wrong user code. Wrong codes older than a code's lifetime are forgotten.
    mutating func enterWrongUserCode(at now: Instant) {
        if let last = lastWrongUserCodeAt, now - last >= DeviceAuthorization.lifetime {
            wrongUserCodes = 0
        }
        wrongUserCodes = min(wrongUserCodes + 1, Self.maximumWrongUserCodes)
        lastWrongUserCodeAt = now
    }
}

extension Session {
    static let columns = """
        s.id, s.user_id, s.auth_time, s.amr, s.address, s.agent, s.created_at, s.last_seen_at, s.expires_at, s.ended_at,
        s.wrong_user_codes, s.last_wrong_user_code_at, s.proven_at, s.proof
        """
    static let columnCount = 14

    init(_ row: Row) throws {
        id = try row.id(0)
        user = try row.id(1)
        authTime = try row.time(2)
        amr = try row.words(3)
        address = try row.text(4)
        agent = try row.text(5)
        createdAt = try row.time(6)
        lastSeenAt = try row.time(7)
        expiresAt = try row.time(8)
        endedAt = try row.optionalTime(9)
        wrongUserCodes = try row.integer(10)
        lastWrongUserCodeAt = try row.optionalTime(11)
        stepUp = try StepUp(row, first: 12)
    }

    static func find(_ id: ID, in transaction: Transaction) throws -> Session? {
        try transaction.row("SELECT \(columns) FROM sessions s WHERE s.id = ?", .id(id)).map(Session.init)
    }

    func saveWrongUserCodes(in transaction: Transaction) throws {
        _ = try transaction.run(
            "UPDATE sessions SET wrong_user_codes = ?, last_wrong_user_code_at = ? WHERE id = ?",
            .integer(wrongUserCodes), .time(lastWrongUserCodeAt), .id(id))
    }
}
