import GRDB

extension CalKeep {
    /// A migration that has run somewhere is not changed any more: the next change is the next migration.
    static var tables: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 workspaces and what is in them") { database in
            try database.execute(sql: first)
        }
        return migrator
    }

    // `sequence` is the order in which things came. The keys of what points to something have the workspace in them: a
    // row cannot point to another workspace's, whatever a statement says.
    private static let first = """
        CREATE TABLE workspace (
            id TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            time_zone TEXT NOT NULL
        ) STRICT;

        CREATE TABLE contact (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            workspace TEXT NOT NULL,
            name TEXT NOT NULL,
            email TEXT,
            phone TEXT,
            company TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            UNIQUE (workspace, id)
        ) STRICT;
        CREATE INDEX contact_newest ON contact (workspace, sequence);

        CREATE TABLE booking (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            workspace TEXT NOT NULL,
            title TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('confirmed', 'cancelled')),
            contact_id TEXT,
            starts_at TEXT NOT NULL,
            ends_at TEXT NOT NULL,
            created_at TEXT NOT NULL,
            FOREIGN KEY (workspace, contact_id) REFERENCES contact (workspace, id)
        ) STRICT;
        CREATE INDEX booking_newest ON booking (workspace, sequence);

        CREATE TABLE task (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            workspace TEXT NOT NULL,
            title TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('open', 'in_progress', 'done', 'cancelled')),
            contact_id TEXT,
            due_at TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            UNIQUE (workspace, id),
            FOREIGN KEY (workspace, contact_id) REFERENCES contact (workspace, id)
        ) STRICT;
        CREATE INDEX task_newest ON task (workspace, sequence);

        CREATE TABLE reminder (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            workspace TEXT NOT NULL,
            text TEXT NOT NULL,
            remind_at TEXT NOT NULL,
            task_id TEXT,
            contact_id TEXT,
            created_at TEXT NOT NULL,
            FOREIGN KEY (workspace, task_id) REFERENCES task (workspace, id),
            FOREIGN KEY (workspace, contact_id) REFERENCES contact (workspace, id)
        ) STRICT;
        CREATE INDEX reminder_newest ON reminder (workspace, sequence);
        CREATE INDEX reminder_pending ON reminder (workspace, remind_at);

        CREATE TABLE calendar_account (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            workspace TEXT NOT NULL,
            provider TEXT NOT NULL,
            address TEXT NOT NULL,
            last_synced_at TEXT,
            last_error TEXT
        ) STRICT;
        CREATE INDEX calendar_account_newest ON calendar_account (workspace, sequence);

        CREATE TABLE audit (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            workspace TEXT NOT NULL,
            action TEXT NOT NULL,
            target TEXT NOT NULL,
            subject TEXT NOT NULL,
            client_id TEXT NOT NULL,
            request_id TEXT NOT NULL,
            created_at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX audit_newest ON audit (workspace, sequence);
        """
}

/// A row whose columns are the members of its JSON: `contact_id` is `contactId`.
protocol CalKeepRow: FetchableRecord, Codable, Sendable {}

extension CalKeepRow {
    static var databaseColumnDecodingStrategy: DatabaseColumnDecodingStrategy { .convertFromSnakeCase }
}
