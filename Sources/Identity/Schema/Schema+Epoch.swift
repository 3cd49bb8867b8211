import Database

extension Schema {
    /// The database's epoch, which a restore begins anew, and the indexes by which sweeping finds what is over.
    ///
    /// The first epoch has no seed: refresh tokens from before this migration stay good.
    static let epoch = Migration(
        number: 5, name: "epoch",
        sql: """
            CREATE TABLE epoch (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                number INTEGER NOT NULL CHECK (number >= 1),
                seed BLOB NOT NULL,
                began_at INTEGER
            ) STRICT;
            INSERT INTO epoch (id, number, seed) VALUES (1, 1, X'');

            CREATE INDEX sessions_by_expiry ON sessions (expires_at);
            CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
            CREATE INDEX device_authorizations_of_session ON device_authorizations (session_id);
            CREATE INDEX grants_by_expiry ON grants (expires_at);
            CREATE INDEX grants_by_revocation ON grants (revoked_at) WHERE revoked_at IS NOT NULL;
            """)
}
