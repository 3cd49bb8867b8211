import ArgumentParser
import JOSE

/// `latchkey tokens usage`
struct TokensUsage: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "Show how often an API token was used, and when, from where and by what last.",
        discussion: """
            Of the last 90 days, those with calls. What was used within the last few seconds may not show yet.

              latchkey tokens usage tok_…
            """)

    @Argument(help: "The token, as the list names it.")
    var id: APITokenName

    @OptionGroup var options: APITokenOptions

    func run() async throws {
        let (body, _) = try await options.call(.get, id.path + "/usage")
        let terminal = Terminal.standard
        if options.output.json { return terminal.json(body) }
        guard let last = body.time("last_used_at") else {
            return terminal.line("No use is recorded yet. Uses show after a few seconds.")
        }
        terminal.table([
            (label: "last", text: last),
            (label: "from", text: (body["last_used_address"]?.string ?? "").printable),
            (label: "by", text: (body["last_used_agent"]?.string ?? "").printable),
            (label: "month", text: APITokenReport(json: body).uses),
        ])
        let days = (body["days"]?.array ?? []).compactMap(\.object).map { day in
            [(day["date"]?.string ?? "").printable, (day["calls"]?.integer ?? 0).grouped]
        }
        terminal.line("")
        terminal.columns([["DAY", "CALLS"]] + days)
    }
}
