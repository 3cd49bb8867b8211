import Database

extension Schema {
    /// Users, organizations, clients, scopes, grants, one-time proofs, signing keys, audit, mail.
    ///
    /// Times are microseconds since 1970 UTC. Lists of words (scopes, `amr`) are separated by single spaces.
    static let foundation = Migration(
        number: 1, name: "foundation",
        sql: """
            CREATE TABLE users (
                id INTEGER PRIMARY KEY,
                email TEXT NOT NULL,
                email_canonical TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                verified_at INTEGER,
                disabled_at INTEGER,
                created_at INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE organizations (
                id INTEGER PRIMARY KEY,
                slug TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                plan TEXT NOT NULL CHECK (plan IN ('free', 'pro', 'business', 'enterprise')),
                created_at INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE memberships (
                user_id INTEGER NOT NULL REFERENCES users (id),
                organization_id INTEGER NOT NULL REFERENCES organizations (id),
                role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member', 'viewer')),
                created_at INTEGER NOT NULL,
                PRIMARY KEY (user_id, organization_id)
            ) STRICT;
            CREATE INDEX memberships_of_organization ON memberships (organization_id, role);

            CREATE TABLE resource_servers (
                id INTEGER PRIMARY KEY,
                identifier TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL
            ) STRICT;

            CREATE TABLE scopes (
                resource_server_id INTEGER NOT NULL REFERENCES resource_servers (id),
                name TEXT NOT NULL,
                description TEXT NOT NULL,
                PRIMARY KEY (resource_server_id, name)
            ) STRICT;

            CREATE TABLE scope_catalog (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                revision INTEGER NOT NULL
            ) STRICT;
            INSERT INTO scope_catalog (id, revision) VALUES (1, 0);

            CREATE TABLE clients (
                id INTEGER PRIMARY KEY,
                identifier TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                secret_code BLOB,
                grant_types TEXT NOT NULL,
                redirect_uris TEXT NOT NULL,
                scopes TEXT,
                magic_link_uri TEXT,
                refresh_reuse_leeway INTEGER NOT NULL CHECK (refresh_reuse_leeway BETWEEN 0 AND 60000000),
                created_at INTEGER NOT NULL,
                disabled_at INTEGER
            ) STRICT;

            CREATE TABLE sessions (
                id INTEGER PRIMARY KEY,
                secret_digest BLOB NOT NULL UNIQUE,
                user_id INTEGER NOT NULL REFERENCES users (id),
                auth_time INTEGER NOT NULL,
                amr TEXT NOT NULL,
                address TEXT NOT NULL,
                agent TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                last_seen_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                ended_at INTEGER,
                wrong_user_codes INTEGER NOT NULL,
                last_wrong_user_code_at INTEGER
            ) STRICT;
            CREATE INDEX sessions_of_user ON sessions (user_id);

            CREATE TABLE grants (
                id INTEGER PRIMARY KEY,
                user_id INTEGER NOT NULL REFERENCES users (id),
                client_id INTEGER NOT NULL REFERENCES clients (id),
                organization_id INTEGER NOT NULL REFERENCES organizations (id),
                scopes TEXT NOT NULL,
                audience TEXT,
                secret BLOB NOT NULL,
                generation INTEGER NOT NULL CHECK (generation >= 1),
                auth_time INTEGER NOT NULL,
                amr TEXT NOT NULL,
                device TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                created_address TEXT NOT NULL,
                last_used_at INTEGER NOT NULL,
                last_used_address TEXT NOT NULL,
                rotated_at INTEGER,
                rotation_key BLOB,
                expires_at INTEGER NOT NULL,
                revoked_at INTEGER,
                revocation_reason TEXT
            ) STRICT;
            CREATE INDEX grants_of_user ON grants (user_id);

            CREATE TABLE device_authorizations (
                id INTEGER PRIMARY KEY,
                device_code_digest BLOB NOT NULL UNIQUE,
                user_code_code BLOB NOT NULL UNIQUE,
                client_id INTEGER NOT NULL REFERENCES clients (id),
                scopes TEXT NOT NULL,
                audience TEXT,
                organization_slug TEXT,
                state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'redeemed')),
                address TEXT NOT NULL,
                agent TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                session_id INTEGER REFERENCES sessions (id),
                user_id INTEGER REFERENCES users (id),
                organization_id INTEGER REFERENCES organizations (id),
                auth_time INTEGER,
                amr TEXT,
                CHECK (state = 'pending' OR session_id IS NOT NULL),
                CHECK (state NOT IN ('approved', 'redeemed') OR
                    (user_id IS NOT NULL AND organization_id IS NOT NULL AND auth_time IS NOT NULL AND amr IS NOT NULL))
            ) STRICT;
            CREATE INDEX device_authorizations_by_expiry ON device_authorizations (expires_at);

            CREATE TABLE magic_links (
                id INTEGER PRIMARY KEY,
                token_digest BLOB NOT NULL UNIQUE,
                email TEXT NOT NULL,
                email_canonical TEXT NOT NULL,
                code_code BLOB NOT NULL,
                browser_digest BLOB,
                match_code TEXT,
                client_id INTEGER REFERENCES clients (id),
                return_to TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'approved', 'spent', 'superseded', 'locked')),
                wrong_codes INTEGER NOT NULL CHECK (wrong_codes BETWEEN 0 AND 5),
                address TEXT NOT NULL,
                agent TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                CHECK ((browser_digest IS NULL) = (match_code IS NULL)),
                CHECK ((browser_digest IS NULL) = (client_id IS NOT NULL))
            ) STRICT;
            CREATE INDEX magic_links_of_address ON magic_links (email_canonical);
            CREATE INDEX magic_links_of_browser ON magic_links (browser_digest);
            CREATE INDEX magic_links_by_expiry ON magic_links (expires_at);

            CREATE TABLE signing_keys (
                key_id TEXT PRIMARY KEY,
                algorithm TEXT NOT NULL,
                public_key TEXT NOT NULL,
                wrapped_private_key BLOB NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'retired')),
                created_at INTEGER NOT NULL,
                retired_at INTEGER
            ) STRICT;
            CREATE UNIQUE INDEX one_active_signing_key ON signing_keys (state) WHERE state = 'active';

            CREATE TABLE audit_events (
                id INTEGER PRIMARY KEY,
                event TEXT NOT NULL,
                at INTEGER NOT NULL,
                organization_id INTEGER,
                user_id INTEGER,
                client_id INTEGER,
                grant_id INTEGER,
                request_id TEXT NOT NULL,
                address TEXT NOT NULL,
                detail TEXT NOT NULL,
                sequence INTEGER UNIQUE,
                chain_hash BLOB,
                CHECK ((sequence IS NULL) = (chain_hash IS NULL))
            ) STRICT;
            CREATE INDEX audit_events_unsealed ON audit_events (id) WHERE sequence IS NULL;
            CREATE INDEX audit_events_of_organization ON audit_events (organization_id, id);

            CREATE TABLE audit_head (
                id INTEGER PRIMARY KEY CHECK (id = 1),
                sequence INTEGER NOT NULL,
                chain_hash BLOB NOT NULL
            ) STRICT;

            CREATE TABLE outgoing_mail (
                id INTEGER PRIMARY KEY,
                recipient TEXT NOT NULL,
                sealed_message BLOB NOT NULL,
                suppressed INTEGER NOT NULL CHECK (suppressed IN (0, 1)),
                attempts INTEGER NOT NULL,
                next_attempt_at INTEGER NOT NULL,
                created_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX outgoing_mail_due ON outgoing_mail (next_attempt_at);
            """)
}
