import GRDB

extension CraftDesk {
    /// Its tables. A task belongs to a project of its own workspace, and a member that it is given to is of that too.
    static var schema: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(
                sql: """
                    CREATE TABLE team_members (
                        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, email TEXT NOT NULL,
                        role TEXT NOT NULL, created_at TEXT NOT NULL, UNIQUE (tenant, id), UNIQUE (tenant, email));
                    CREATE TABLE projects (
                        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
                        status TEXT NOT NULL, due_date TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
                        UNIQUE (tenant, id));
                    CREATE TABLE tasks (
                        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, project_id TEXT NOT NULL, title TEXT NOT NULL,
                        description TEXT, status TEXT NOT NULL, assignee_id TEXT, due_date TEXT,
                        created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
                        FOREIGN KEY (tenant, project_id) REFERENCES projects (tenant, id) ON DELETE CASCADE,
                        FOREIGN KEY (tenant, assignee_id) REFERENCES team_members (tenant, id));
                    CREATE INDEX tasks_by_project ON tasks (tenant, project_id);
                    CREATE TABLE usage (
                        tenant TEXT NOT NULL, period TEXT NOT NULL, key TEXT NOT NULL, calls INTEGER NOT NULL,
                        last_used_at TEXT NOT NULL, PRIMARY KEY (tenant, period, key)) WITHOUT ROWID;
                    """)
        }
        // What the issuer told last of the plan of a workspace; null: its calls are not bounded.
        migrator.registerMigration("2") { db in
            try db.execute(sql: "CREATE TABLE quotas (tenant TEXT PRIMARY KEY, calls INTEGER) WITHOUT ROWID")
        }
        return migrator
    }
}
