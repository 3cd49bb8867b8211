import ArgumentParser
import JOSE

/// A command that changes who belongs to an organization, or as what.
protocol MembersChange: AsyncParsableCommand {
    var choice: OrganizationChoice { get }
    var options: OrganizationOptions { get }

    /// Makes the change, and answers what to say of it.
    func change(_ organization: OrganizationReport, by calls: OrganizationCalls) async throws -> ChangeReport
}

/// What is said of a change: to programs an object, to people a text.
struct ChangeReport {
    let json: JSONObject
    let text: String
}

extension MembersChange {
    func run() async throws {
        try await options.withServer { calls in
            let report = try await change(try await calls.organization(choice.organization), by: calls)
            if options.output.json { return Terminal.standard.json(report.json) }
            Terminal.standard.line(report.text)
        }
    }

    /// Returns if a person agrees, or has said so by `--yes`.
    ///
    /// - Parameter command: this one, as it is typed after `latchkey members`.
    func confirm(
        _ isGiven: Bool, _ consequence: String, command: String, _ organization: OrganizationReport
    ) throws {
        try Confirmation(isGiven: isGiven, asJSON: options.output.json).ask(
            consequence, command: "latchkey members \(command) --organization \(organization.slug) --yes")
    }
}
