import Database

extension Schema {
    /// The links by which a fresh server gets its first owner, and that it has got one.
    ///
    /// Each start of each node adds a link of its own. `setup_claim` has one row at most: whichever link is claimed
    /// first, no other is claimed after it.
    static let setup = Migration(
        number: 3, name: "setup",
        sql: """
            CREATE TABLE setup_links (
                id INTEGER PRIMARY KEY,
                token_digest BLOB NOT NULL UNIQUE,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX setup_links_by_expiry ON setup_links (expires_at);
            CREATE TABLE setup_claim (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                setup_link_id INTEGER NOT NULL,
                claimed_at INTEGER NOT NULL
            ) STRICT;
            """)
}
