import GRDB

extension Autochat {
    /// Its tables. A row that names another does so together with the organization: not even a mistake in a query can
    /// connect two of them.
    static var schema: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: clients + documents + offers + messages)
        }
        return migrator
    }

    private static let clients = """
        CREATE TABLE clients (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, email TEXT, phone TEXT, company TEXT,
            address TEXT, notes TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (tenant, id));
        CREATE TABLE campaigns (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, created_at TEXT NOT NULL,
            UNIQUE (tenant, id), UNIQUE (tenant, name));
        CREATE TABLE campaign_clients (
            tenant TEXT NOT NULL, campaign_id TEXT NOT NULL, client_id TEXT NOT NULL,
            PRIMARY KEY (tenant, campaign_id, client_id),
            FOREIGN KEY (tenant, campaign_id) REFERENCES campaigns (tenant, id) ON DELETE CASCADE,
            FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, id) ON DELETE CASCADE);

        """

    /// Money is in cents, quantities are in thousandths; `line_items` is JSON.
    private static let documents = """
        CREATE TABLE invoices (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, number INTEGER NOT NULL, client_id TEXT NOT NULL,
            status TEXT NOT NULL, issue_date TEXT NOT NULL, due_date TEXT NOT NULL, line_items TEXT NOT NULL,
            notes TEXT, total INTEGER NOT NULL CHECK (total >= 0),
            amount_paid INTEGER NOT NULL CHECK (amount_paid BETWEEN 0 AND total),
            created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (tenant, id), UNIQUE (tenant, number),
            FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, id));
        CREATE INDEX invoices_by_client ON invoices (tenant, client_id);
        CREATE TABLE quotes (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, number INTEGER NOT NULL, client_id TEXT NOT NULL,
            status TEXT NOT NULL, valid_until TEXT, line_items TEXT NOT NULL, notes TEXT, total INTEGER NOT NULL,
            created_at TEXT NOT NULL, updated_at TEXT NOT NULL, UNIQUE (tenant, number),
            FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, id));
        CREATE INDEX quotes_by_client ON quotes (tenant, client_id);
        CREATE TABLE payments (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, invoice_id TEXT NOT NULL,
            amount INTEGER NOT NULL CHECK (amount > 0), method TEXT NOT NULL, received_on TEXT NOT NULL, reference TEXT,
            created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
            FOREIGN KEY (tenant, invoice_id) REFERENCES invoices (tenant, id));
        CREATE INDEX payments_by_invoice ON payments (tenant, invoice_id);

        """

    private static let offers = """
        CREATE TABLE products (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL, description TEXT,
            rate INTEGER NOT NULL, active INTEGER NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
        CREATE INDEX products_by_tenant ON products (tenant, type);
        CREATE TABLE projects (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, client_id TEXT, status TEXT NOT NULL,
            description TEXT, start_date TEXT, due_date TEXT, budget INTEGER, created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL, FOREIGN KEY (tenant, client_id) REFERENCES clients (tenant, id));
        CREATE INDEX projects_by_client ON projects (tenant, client_id);

        """

    private static let messages = """
        CREATE TABLE webhooks (
            id TEXT PRIMARY KEY, tenant TEXT NOT NULL, url TEXT NOT NULL, events TEXT NOT NULL, description TEXT,
            active INTEGER NOT NULL, secret TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
        CREATE INDEX webhooks_by_tenant ON webhooks (tenant);
        CREATE TABLE answers (
            credential TEXT NOT NULL, key TEXT NOT NULL, fingerprint BLOB NOT NULL, begun_at INTEGER NOT NULL,
            status INTEGER, headers TEXT, body BLOB, PRIMARY KEY (credential, key)) WITHOUT ROWID;
        CREATE INDEX answers_by_age ON answers (begun_at);

        """
}
