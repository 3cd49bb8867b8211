import Database

extension Schema {
    /// Invitations into organizations.
    static let organizations = Migration(
        number: 6, name: "organizations",
        sql: """
            CREATE TABLE invitations (
                id INTEGER PRIMARY KEY,
                organization_id INTEGER NOT NULL REFERENCES organizations (id),
                token_digest BLOB NOT NULL UNIQUE,
                email TEXT NOT NULL,
                email_canonical TEXT NOT NULL,
                role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
                state TEXT NOT NULL CHECK (state IN ('waiting', 'accepted', 'revoked', 'superseded')),
                invited_by INTEGER NOT NULL REFERENCES users (id),
                accepted_by INTEGER REFERENCES users (id),
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                CHECK ((state = 'accepted') = (accepted_by IS NOT NULL))
            ) STRICT;
            CREATE UNIQUE INDEX one_waiting_invitation ON invitations (organization_id, email_canonical)
                WHERE state = 'waiting';
            CREATE INDEX invitations_of_organization ON invitations (organization_id, created_at);
            CREATE INDEX invitations_of_address ON invitations (email_canonical);
            CREATE INDEX invitations_by_expiry ON invitations (expires_at);
            """)
}
