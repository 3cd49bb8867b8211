import Database
import JOSE

/// What people are told about an API token by mail, each at most once for each token. The raw value is stored.
enum APITokenNotice: String, Sendable, CaseIterable {
    case expiresIn30Days = "expires_in_30_days"
    case expiresIn7Days = "expires_in_7_days"
    case expiresIn1Day = "expires_in_1_day"
    case unused

    /// Those of expiry, and how long before it they are due, the last one at the head.
    static let beforeExpiry: [(notice: APITokenNotice, lead: Duration)] = [
        (.expiresIn1Day, .seconds(86_400)), (.expiresIn7Days, .seconds(7 * 86_400)),
        (.expiresIn30Days, .seconds(30 * 86_400)),
    ]
    /// The longest of these.
    static let longestLead = Duration.seconds(30 * 86_400)
    /// A token that was not used for so long is perhaps not needed.
    static let longUnused = Duration.seconds(90 * 86_400)

    /// Notes that it is told. False when it was told before, by whichever node.
    func claim(_ token: APIToken.ID, in transaction: Transaction, at now: Instant) throws -> Bool {
        try transaction.run(
            """
            INSERT INTO api_token_notices (token_id, notice, told_at) VALUES (?, ?, ?)
            ON CONFLICT (token_id, notice) DO NOTHING
            """, .id(token), .text(rawValue), .time(now)) == 1
    }

    func isTold(_ token: APIToken.ID, in transaction: Transaction) throws -> Bool {
        try transaction.row(
            "SELECT 1 FROM api_token_notices WHERE token_id = ? AND notice = ?", .id(token), .text(rawValue)) != nil
    }
}

extension APIToken {
    /// What there is to tell now: about its end, else about its lying idle. Nothing about a token that does not work.
    ///
    /// - Parameter lastUse: nil: it was never used.
    func notice(lastUse: Instant?, on terms: PlanTerms, at now: Instant) -> APITokenNotice? {
        guard refusalOfUse(on: terms, at: now) == nil else { return nil }
        if let expiresAt, expiresAt - now <= APITokenNotice.longestLead { return noticeOfExpiry(expiresAt, at: now) }
        let idleSince = max(lastUse ?? createdAt, rotatedAt ?? createdAt)
        return now - idleSince >= APITokenNotice.longUnused ? .unused : nil
    }

    /// The nearest threshold alone: what was missed while no server ran is not made up for. And none in the first half of
    /// its life, for who made it to live a week knows that it ends within the week.
    private func noticeOfExpiry(_ expiresAt: Instant, at now: Instant) -> APITokenNotice? {
        guard let due = APITokenNotice.beforeExpiry.first(where: { expiresAt - now <= $0.lead }),
            due.lead * 2 < expiresAt - createdAt
        else { return nil }
        return due.notice
    }

    func lastUse(in transaction: Transaction) throws -> Instant? {
        try transaction.row("SELECT MAX(last_used_at) FROM api_token_days WHERE token_id = ?", .id(id))?
            .optionalTime(0)
    }
}
