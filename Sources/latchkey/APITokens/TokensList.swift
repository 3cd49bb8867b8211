import ArgumentParser
import JOSE

/// `latchkey tokens list`
struct TokensList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the API tokens of your organization, the newest first.",
        discussion: """
            Revoked and expired ones are among them. Times are in UTC.

              latchkey tokens list
              latchkey tokens list --json | jq -r '.tokens[] | select(.last_used_at == null) | .id'
            """)

    @OptionGroup var paging: PageOptions
    @OptionGroup var options: APITokenOptions

    func run() async throws {
        let (body, _) = try await options.call(.get, "/api/v1/tokens?\(paging.query)")
        let terminal = Terminal.standard
        if options.output.json { return terminal.json(body) }
        let tokens = (body["tokens"]?.array ?? []).compactMap(\.object).map(APITokenReport.init)
        let total = body["pagination"]?.object?["total"]?.integer ?? 0
        guard !tokens.isEmpty else {
            return terminal.line(
                total == 0
                    ? Self.none(on: body["plan"]?.object)
                    : "There is nothing on this page: \(total.grouped) API tokens in all.")
        }
        terminal.columns([APITokenReport.head] + tokens.map(\.cells))
        if let rest = paging.rest(showing: tokens.count, of: total) { terminal.line(rest) }
    }

    /// - Parameter plan: as the server tells it; nil: an older server, which does not.
    private static func none(on plan: JSONObject?) -> String {
        guard plan?["api_tokens"]?.bool == false else {
            return "Your organization has no API token. Make one with: latchkey tokens create LABEL --access read-only"
        }
        let name = (plan?["name"]?.string ?? "").printable
        return "The plan \(name) of your organization has no API tokens. Ask whoever runs this server for another plan."
    }
}

/// `latchkey tokens show`
struct TokensShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one API token, all but its secret.",
        discussion: """
              latchkey tokens show tok_…
            """)

    @Argument(help: "The token, as the list names it.")
    var id: APITokenName

    @OptionGroup var options: APITokenOptions

    func run() async throws {
        let (body, _) = try await options.call(.get, id.path)
        if options.output.json { return Terminal.standard.json(body) }
        Terminal.standard.table(APITokenReport(json: body).rows)
    }
}
