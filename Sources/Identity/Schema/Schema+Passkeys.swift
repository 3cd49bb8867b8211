import Database

extension Schema {
    /// Passkeys, the challenges that wait for an answer, and which clients' devices take a second factor.
    ///
    /// `holder` names who asked, and who alone may answer: a browser session, a grant, a browser's cookie by its digest,
    /// or an application.
    static let passkeys = Migration(
        number: 10, name: "passkeys",
        sql: """
            CREATE TABLE passkeys (
                id INTEGER PRIMARY KEY,
                user_id INTEGER NOT NULL REFERENCES users (id),
                credential_id BLOB NOT NULL UNIQUE,
                public_key BLOB NOT NULL,
                sign_count INTEGER NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
                transports TEXT NOT NULL,
                backup_eligible INTEGER NOT NULL CHECK (backup_eligible IN (0, 1)),
                backed_up INTEGER NOT NULL CHECK (backed_up BETWEEN 0 AND backup_eligible),
                aaguid BLOB NOT NULL,
                name TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                last_used_at INTEGER,
                counter_regressed_at INTEGER
            ) STRICT;
            CREATE INDEX passkeys_of_user ON passkeys (user_id);

            CREATE TABLE passkey_challenges (
                challenge BLOB NOT NULL PRIMARY KEY,
                purpose TEXT NOT NULL CHECK (purpose IN ('registration', 'authentication', 'step_up')),
                holder TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_at);

            ALTER TABLE clients ADD COLUMN step_up TEXT NOT NULL DEFAULT 'never'
                CHECK (step_up IN ('never', 'always'));
            """)
}
