import Database

extension Schema {
    /// What people were told about API tokens by mail, each of it once; and the calls of an organization in a billing period
    /// (`period` is its first microsecond, UTC), which the quota of its plan is compared with.
    static let apiTokenNotices = Migration(
        number: 13, name: "api token notices",
        sql: """
            CREATE TABLE api_token_notices (
                token_id INTEGER NOT NULL REFERENCES api_tokens (id),
                notice TEXT NOT NULL CHECK (
                    notice IN ('expires_in_30_days', 'expires_in_7_days', 'expires_in_1_day', 'unused')),
                told_at INTEGER NOT NULL,
                PRIMARY KEY (token_id, notice)
            ) STRICT;

            CREATE TABLE api_token_periods (
                organization_id INTEGER NOT NULL REFERENCES organizations (id),
                period INTEGER NOT NULL,
                calls INTEGER NOT NULL CHECK (calls >= 1),
                PRIMARY KEY (organization_id, period)
            ) STRICT;
            CREATE INDEX api_token_periods_by_period ON api_token_periods (period);
            CREATE INDEX api_tokens_by_expiry ON api_tokens (expires_at, id);
            """)
}
