/// How long the rows of a table are kept after they are over. Each is found by an index: nothing is scanned.
///
/// `docs/operations.md` holds the same table; a test compares the two, and both with the schema.
struct Retention: Sendable {
    let table: String
    /// The columns of its primary key.
    let key: String
    /// The time from which it counts; indexed.
    let column: String
    let duration: Duration

    private static let day = Duration.seconds(86_400)

    /// In this order, for rows of the first refer to rows of those that come later.
    ///
    /// - Proofs: two days, so that whoever comes late is told the reason, and the wrong codes of a day can be counted.
    /// - Answers are given again for as long as they say; an expired invitation is there for a month to be sent again.
    /// - Mail that waits for two days has no server to take it, and what it says has long expired.
    /// - Deliveries to webhooks: a month, to see what arrived; a webhook that was deleted goes after the last of its own.
    /// - The calls of a day with an API token: a year, and some to compare it with.
    /// - The rest: a month to see why someone was signed out or a mail did not arrive. That a login has ended must be
    ///   known for as long as its last access token lives, which is hours.
    static let all: [Retention] = [
        Retention(table: "device_authorizations", column: "expires_at", duration: day * 2),
        Retention(table: "magic_links", column: "expires_at", duration: day * 2),
        Retention(table: "setup_links", column: "expires_at", duration: day * 2),
        Retention(
            table: "recorded_answers", key: "credential, key_digest", column: "expires_at", duration: .zero),
        Retention(table: "passkey_challenges", key: "challenge", column: "expires_at", duration: .zero),
        Retention(table: "invitations", column: "expires_at", duration: day * 30),
        Retention(table: "outgoing_mail", column: "next_attempt_at", duration: day * 2),
        Retention(table: "dead_mail", column: "failed_at", duration: day * 30),
        Retention(table: "api_token_days", key: "token_id, day", column: "day", duration: day * 400),
        Retention(table: "webhook_deliveries", column: "created_at", duration: day * 30),
        Retention(table: "webhooks", column: "deleted_at", duration: day * 60),
        Retention(
            table: "api_token_periods", key: "organization_id, period", column: "period", duration: day * 400),
        Retention(table: "sessions", column: "ended_at", duration: day * 30),
        Retention(table: "sessions", column: "expires_at", duration: day * 30),
        Retention(table: "grants", column: "revoked_at", duration: day * 30),
        Retention(table: "grants", column: "expires_at", duration: day * 30),
    ]

    /// Tables that are never swept: they do not grow with use, or they are the record.
    static let kept: Set<String> = [
        "api_tokens", "api_token_notices", "audit_events", "audit_head", "clients", "epoch", "memberships",
        "organizations", "passkeys",
        "recovery_codes",
        "resource_servers", "scope_catalog", "scopes", "setup_claim", "signing_keys", "totp_secrets", "users",
        "wrong_proofs",
    ]

    /// Answers a row when something is over since before a time.
    let probe: String
    /// Removes some of it, the oldest first.
    let removal: String

    init(table: String, key: String = "id", column: String, duration: Duration) {
        (self.table, self.key, self.column, self.duration) = (table, key, column, duration)
        probe = "SELECT 1 FROM \(table) WHERE \(column) < ? LIMIT 1"
        removal = """
            DELETE FROM \(table)
            WHERE (\(key)) IN (SELECT \(key) FROM \(table) WHERE \(column) < ? ORDER BY \(column) LIMIT ?)
            """
    }
}
