import Database

extension Schema {
    /// Second factors, and when one was last shown by a login or a browser.
    ///
    /// `wrong_proofs` has one row at most for each user: wrong codes count together, whichever way they came.
    static let stepUp = Migration(
        number: 8, name: "step up",
        sql: """
            ALTER TABLE grants ADD COLUMN proven_at INTEGER;
            ALTER TABLE grants ADD COLUMN proof TEXT
                CHECK (proof IN ('totp', 'recovery_code', 'passkey') AND (proof IS NULL) = (proven_at IS NULL));
            ALTER TABLE sessions ADD COLUMN proven_at INTEGER;
            ALTER TABLE sessions ADD COLUMN proof TEXT
                CHECK (proof IN ('totp', 'recovery_code', 'passkey') AND (proof IS NULL) = (proven_at IS NULL));

            CREATE TABLE totp_secrets (
                id INTEGER PRIMARY KEY,
                user_id INTEGER NOT NULL REFERENCES users (id),
                state TEXT NOT NULL CHECK (state IN ('pending', 'confirmed')),
                sealed_secret BLOB NOT NULL,
                last_step INTEGER NOT NULL CHECK (last_step >= 0),
                created_at INTEGER NOT NULL,
                confirmed_at INTEGER,
                CHECK ((state = 'confirmed') = (confirmed_at IS NOT NULL))
            ) STRICT;
            CREATE UNIQUE INDEX one_totp_secret_of_a_state ON totp_secrets (user_id, state);

            CREATE TABLE recovery_codes (
                id INTEGER PRIMARY KEY,
                user_id INTEGER NOT NULL REFERENCES users (id),
                code_code BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                used_at INTEGER
            ) STRICT;
            CREATE INDEX recovery_codes_of_user ON recovery_codes (user_id);

            CREATE TABLE wrong_proofs (
                user_id INTEGER PRIMARY KEY REFERENCES users (id),
                count INTEGER NOT NULL CHECK (count >= 0),
                last_at INTEGER NOT NULL
            ) STRICT;
            """)
}
