import Database

extension Schema {
    /// Endpoints that organizations have events sent to, and what was sent or waits.
    ///
    /// A webhook that was deleted stays until its deliveries have been swept. `next_attempt_at` is there while a delivery
    /// waits; while it is under way it is the end of the lease.
    static let webhooks = Migration(
        number: 11, name: "webhooks",
        sql: """
            CREATE TABLE webhooks (
                id INTEGER PRIMARY KEY,
                organization_id INTEGER NOT NULL REFERENCES organizations (id),
                url TEXT NOT NULL,
                events TEXT NOT NULL CHECK (events <> ''),
                sealed_secret BLOB NOT NULL,
                former_sealed_secret BLOB,
                former_ends_at INTEGER,
                generation INTEGER NOT NULL CHECK (generation >= 1),
                created_by INTEGER NOT NULL REFERENCES users (id),
                created_at INTEGER NOT NULL,
                rotated_at INTEGER,
                disabled_at INTEGER,
                disabled_reason TEXT CHECK (disabled_reason IN ('by_admin', 'failing', 'gone')),
                failing_since INTEGER,
                deleted_at INTEGER,
                CHECK ((former_sealed_secret IS NULL) = (former_ends_at IS NULL)),
                CHECK ((disabled_at IS NULL) = (disabled_reason IS NULL))
            ) STRICT;
            CREATE INDEX webhooks_of_organization ON webhooks (organization_id, id);
            CREATE INDEX webhooks_by_deletion ON webhooks (deleted_at);

            CREATE TABLE webhook_deliveries (
                id INTEGER PRIMARY KEY,
                webhook_id INTEGER NOT NULL REFERENCES webhooks (id),
                organization_id INTEGER NOT NULL REFERENCES organizations (id),
                message_id TEXT NOT NULL,
                event TEXT NOT NULL,
                body TEXT NOT NULL,
                state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
                attempts INTEGER NOT NULL CHECK (attempts >= 0),
                next_attempt_at INTEGER,
                last_attempt_at INTEGER,
                last_status INTEGER,
                last_cause TEXT,
                last_answer TEXT,
                last_duration INTEGER,
                replay_of INTEGER,
                created_at INTEGER NOT NULL,
                CHECK ((state = 'waiting') = (next_attempt_at IS NOT NULL))
            ) STRICT;
            CREATE INDEX webhook_deliveries_of_webhook ON webhook_deliveries (webhook_id, id);
            CREATE INDEX webhook_deliveries_of_webhook_due ON webhook_deliveries (webhook_id, next_attempt_at)
                WHERE next_attempt_at IS NOT NULL;
            CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at)
                WHERE next_attempt_at IS NOT NULL;
            CREATE INDEX webhook_deliveries_by_creation ON webhook_deliveries (created_at);
            """)
}
