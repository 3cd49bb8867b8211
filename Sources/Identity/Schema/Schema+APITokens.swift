import Database

extension Schema {
    /// API tokens, and what was done with each on each day (`day` is its first microsecond, UTC).
    static let apiTokens = Migration(
        number: 9, name: "api tokens",
        sql: """
            CREATE TABLE api_tokens (
                id INTEGER PRIMARY KEY,
                organization_id INTEGER NOT NULL REFERENCES organizations (id),
                label TEXT NOT NULL,
                access TEXT NOT NULL CHECK (access IN ('full', 'read_only', 'custom')),
                scopes TEXT NOT NULL CHECK (scopes <> ''),
                resources TEXT,
                code BLOB NOT NULL,
                last_four TEXT NOT NULL,
                generation INTEGER NOT NULL CHECK (generation >= 1),
                former_code BLOB,
                former_ends_at INTEGER,
                created_by INTEGER NOT NULL REFERENCES users (id),
                created_at INTEGER NOT NULL,
                rotated_at INTEGER,
                expires_at INTEGER,
                revoked_at INTEGER,
                CHECK (resources IS NULL OR access = 'custom'),
                CHECK ((former_code IS NULL) = (former_ends_at IS NULL))
            ) STRICT;
            CREATE INDEX api_tokens_of_organization ON api_tokens (organization_id, id);

            CREATE TABLE api_token_days (
                token_id INTEGER NOT NULL REFERENCES api_tokens (id),
                day INTEGER NOT NULL,
                calls INTEGER NOT NULL CHECK (calls >= 1),
                last_used_at INTEGER NOT NULL,
                last_used_address TEXT NOT NULL,
                last_used_agent TEXT NOT NULL,
                PRIMARY KEY (token_id, day)
            ) STRICT;
            CREATE INDEX api_token_days_by_day ON api_token_days (day);
            """)
}
