import Database

extension Schema {
    /// Mail that was given up stays to be seen.
    static let deadMail = Migration(
        number: 2, name: "dead mail",
        sql: """
            CREATE TABLE dead_mail (
                id INTEGER PRIMARY KEY,
                recipient TEXT NOT NULL,
                attempts INTEGER NOT NULL CHECK (attempts > 0),
                cause TEXT NOT NULL,
                created_at INTEGER NOT NULL,
                failed_at INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX dead_mail_by_failure ON dead_mail (failed_at);
            """)
}
