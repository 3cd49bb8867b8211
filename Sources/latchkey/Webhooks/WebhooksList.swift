import ArgumentParser
import JOSE

/// `latchkey webhooks list`
struct WebhooksList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the webhooks of your organization.",
        discussion: """
              latchkey webhooks list
              latchkey webhooks list --json | jq -r '.webhooks[] | select(.enabled | not) | .url'
            """)

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let body = try await login.webhooks(.get, "/api/v1/webhooks?limit=200")
        let terminal = Terminal.standard
        if login.output.json { return terminal.json(body) }
        let webhooks = (body["webhooks"]?.array ?? []).compactMap(\.object).map(WebhookReport.init)
        guard !webhooks.isEmpty else {
            return terminal.line(
                "Your organization has no webhook. Make one with: latchkey webhooks create URL --all-events")
        }
        terminal.columns([WebhookReport.head] + webhooks.map(\.cells))
    }
}

/// `latchkey webhooks show`
struct WebhooksShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show one webhook, all but its secret.",
        discussion: """
              latchkey webhooks show whk_…
            """)

    @Argument(help: "The webhook, as the list names it.")
    var id: WebhookName

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let body = try await login.webhooks(.get, id.path)
        if login.output.json { return Terminal.standard.json(body) }
        Terminal.standard.table(WebhookReport(json: body).rows)
    }
}

/// `latchkey webhooks deliveries`
struct WebhooksDeliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deliveries", abstract: "Show what was sent to a webhook, and what waits, the newest first.",
        discussion: """
            They are kept for 30 days. Times are in UTC.

              latchkey webhooks deliveries whk_…
              latchkey webhooks deliveries whk_… --status dead --json | jq -r '.deliveries[].id'
            """)

    enum Status: String, ExpressibleByArgument, CaseIterable {
        case waiting, delivered, dead
    }

    @Argument(help: "The webhook, as the list names it.")
    var id: WebhookName

    @Option(help: "Only those that stand so.")
    var status: Status?

    @OptionGroup var paging: PageOptions
    @OptionGroup var login: LoginOptions

    func run() async throws {
        let filter = status.map { "&status=\($0.rawValue)" } ?? ""
        let body = try await login.webhooks(.get, id.path + "/deliveries?\(paging.query)" + filter)
        let terminal = Terminal.standard
        if login.output.json { return terminal.json(body) }
        let deliveries = (body["deliveries"]?.array ?? []).compactMap(\.object).map(DeliveryReport.init)
        let total = body["pagination"]?.object?["total"]?.integer ?? 0
        guard !deliveries.isEmpty else {
            return terminal.line(
                total == 0 ? "There is none." : "There is nothing on this page: \(total.grouped) in all.")
        }
        terminal.columns([DeliveryReport.head] + deliveries.map(\.cells))
        if let rest = paging.rest(showing: deliveries.count, of: total) { terminal.line(rest) }
    }
}
