import ArgumentParser

/// `latchkey audit`
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the record of what happened.",
        discussion: """
            Works on the data itself, with the same settings as serve, beside running servers or without any.

              latchkey audit verify --data /var/lib/latchkey/data
            """,
        subcommands: [AuditVerify.self])
}
