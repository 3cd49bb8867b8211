import GRDB

extension CrewKeel {
    /// A migration that has run somewhere is not changed any more: the next change is the next migration.
    static var tables: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 jobs, documents, customers") { database in
            try database.execute(sql: first)
        }
        return migrator
    }

    // `sequence` is the order in which things came, `tenant` the organization whose they are. The keys of what belongs to
    // something have the tenant in them: a row cannot point to another tenant's, whatever a query says.
    private static let first = """
        CREATE TABLE customer (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            display_name TEXT NOT NULL,
            email TEXT,
            phone TEXT,
            created_at TEXT NOT NULL,
            UNIQUE (tenant, id)
        ) STRICT;
        CREATE INDEX customer_newest ON customer (tenant, sequence);

        CREATE TABLE job (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            number INTEGER NOT NULL,
            title TEXT NOT NULL,
            description TEXT,
            status TEXT NOT NULL CHECK (status IN ('open', 'scheduled', 'in_progress', 'completed', 'cancelled')),
            customer_id TEXT,
            created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL,
            UNIQUE (tenant, id),
            UNIQUE (tenant, number),
            FOREIGN KEY (tenant, customer_id) REFERENCES customer (tenant, id)
        ) STRICT;
        CREATE INDEX job_newest ON job (tenant, sequence);
        CREATE INDEX job_customer ON job (tenant, customer_id);

        CREATE TABLE line_item (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            tenant TEXT NOT NULL,
            job_id TEXT NOT NULL,
            description TEXT NOT NULL,
            quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
            unit_price_cents INTEGER NOT NULL CHECK (unit_price_cents BETWEEN 0 AND 100000000),
            FOREIGN KEY (tenant, job_id) REFERENCES job (tenant, id)
        ) STRICT;
        CREATE INDEX line_item_job ON line_item (tenant, job_id);

        -- An estimate or an invoice has a copy of what the job's line items were when it was made.
        CREATE TABLE document (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('estimate', 'invoice')),
            number INTEGER NOT NULL,
            job_id TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('draft', 'issued')),
            line_items TEXT NOT NULL,
            total_cents INTEGER NOT NULL,
            created_at TEXT NOT NULL,
            pdf BLOB,
            UNIQUE (tenant, kind, number),
            FOREIGN KEY (tenant, job_id) REFERENCES job (tenant, id),
            CHECK ((status = 'issued') = (pdf IS NOT NULL))
        ) STRICT;
        CREATE INDEX document_newest ON document (tenant, kind, sequence);
        CREATE INDEX document_job ON document (tenant, job_id);
        """
}
