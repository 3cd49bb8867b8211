import ArgumentParser

/// `latchkey audit`
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look at the record of what happened.",
        subcommands: [AuditVerify.self])
}
