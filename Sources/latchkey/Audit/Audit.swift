import ArgumentParser

/// `latchkey audit`
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the record of what happened.",
        discussion: """
            tail and export ask the server for the events of your organization, with your login. verify works on the \
            data itself, with the same settings as serve, beside running servers or without any.

              latchkey audit tail --follow
              latchkey audit export --since 30d > audit.ndjson
              latchkey audit verify --data /var/lib/latchkey/data
            """,
        subcommands: [AuditTail.self, AuditExport.self, AuditVerify.self])
}
