import Database

extension Schema {
    /// Answers that are given again to the same call with the same `Idempotency-Key`.
    static let idempotency = Migration(
        number: 7, name: "idempotency",
        sql: """
            CREATE TABLE recorded_answers (
                credential TEXT NOT NULL,
                key_digest BLOB NOT NULL,
                fingerprint BLOB NOT NULL,
                sealed_answer BLOB NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                PRIMARY KEY (credential, key_digest)
            ) STRICT;
            CREATE INDEX recorded_answers_by_expiry ON recorded_answers (expires_at);
            """)
}
