import ArgumentParser
import JOSE

/// `latchkey scopes`
struct Scopes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the scopes that there are, what each permits, and which your login has.",
        discussion: """
            They belong to the APIs that the server knows. Those of your login are marked with a star: tokens that you \
            make can have these and no others.

              latchkey scopes
              latchkey scopes --json | jq -r '.catalog[].scope'
              latchkey tokens create CI --scope jobs:read
            """)

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let answer = try await login.call(.get, "/api/v1/scopes")
        if let refusal = answer.refusal { throw CommandFailure(refusal) }
        let terminal = Terminal.standard
        if login.output.json { return terminal.json(answer.body) }
        let granted = Set(answer.body["granted"]?.strings ?? [])
        let catalog = (answer.body["catalog"]?.array ?? []).compactMap(\.object)
        guard !catalog.isEmpty else {
            return terminal.line(
                "There are none: the server knows no API. Whoever runs it declares them in the setting resource_servers."
            )
        }
        terminal.columns(
            [["", "SCOPE", "API", "PERMITS"]]
                + catalog.map { entry in
                    let scope = entry["scope"]?.string ?? ""
                    return [granted.contains(scope) ? "*" : "", scope]
                        + ["resource_server", "description"].map {
                            entry[$0]?.string ?? ""
                        }
                })
        let others = granted.subtracting(catalog.compactMap { $0["scope"]?.string }).sorted()
        if !others.isEmpty { terminal.line("\nYour login has besides: \(others.joined(separator: " ").printable)") }
    }
}
