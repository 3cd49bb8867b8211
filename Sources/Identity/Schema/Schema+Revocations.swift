import Database

extension Schema {
    /// What the revocation feed looks for is found without a scan.
    static let revocations = Migration(
        number: 14, name: "revocations",
        sql: """
            CREATE INDEX api_tokens_by_revocation ON api_tokens (revoked_at) WHERE revoked_at IS NOT NULL;
            CREATE INDEX users_by_disabling ON users (disabled_at) WHERE disabled_at IS NOT NULL;
            CREATE INDEX clients_by_disabling ON clients (disabled_at) WHERE disabled_at IS NOT NULL;
            """)
}
