import ArgumentParser
import JOSE

/// `latchkey audit export`
struct AuditExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write all events of your organization, an object of JSON a line.",
        discussion: """
            Asks the server with your login; it takes the role of an owner or admin. The oldest comes first. Exits with \
            3 when the export breaks off before its end.

              latchkey audit export > audit.ndjson
              latchkey audit export --since 2026-11-01T00:00:00Z --event membership.role_changed | jq .
            """)

    @OptionGroup var filter: AuditFilterOptions
    @OptionGroup var login: LoginOptions

    func run() async throws {
        let query = filter.query()
        let path = "/api/v1/audit/export" + (query.isEmpty ? "" : "?" + query)
        try await login.connected { source, _ in
            let (answer, _) = try await source.calling { bearer in
                try await source.server.stream(path, bearer: bearer) { Terminal.standard.pass($0) }
            }
            if let refusal = answer.refusal { throw CommandFailure(refusal) }
        }
    }
}
