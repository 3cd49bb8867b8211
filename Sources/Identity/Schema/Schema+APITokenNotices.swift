import Database

extension Schema {
    /// What people were told about API tokens by mail: each of it once.
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
            CREATE INDEX api_tokens_by_expiry ON api_tokens (expires_at, id);
            """)
}
