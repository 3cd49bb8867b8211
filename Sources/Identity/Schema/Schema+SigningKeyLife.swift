import Database

extension Schema {
    /// When a signing key goes from one state to the next, and how long its nodes asked for it to be known before.
    static let signingKeyLife = Migration(
        number: 4, name: "signing key life",
        sql: """
            ALTER TABLE signing_keys ADD COLUMN publication INTEGER NOT NULL DEFAULT 0 CHECK (publication >= 0);
            ALTER TABLE signing_keys ADD COLUMN activates_at INTEGER
                CHECK (activates_at IS NOT NULL OR state <> 'pending');
            ALTER TABLE signing_keys ADD COLUMN activated_at INTEGER;
            ALTER TABLE signing_keys ADD COLUMN published_until INTEGER
                CHECK (published_until IS NOT NULL OR state <> 'retired');
            CREATE UNIQUE INDEX one_pending_signing_key ON signing_keys (state) WHERE state = 'pending';
            """)
}
