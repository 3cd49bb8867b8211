import ArgumentParser
import JOSE

/// `latchkey webhooks create`
struct WebhooksCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a webhook. The secret that signs its messages is shown once.",
        discussion: """
            The URL must be https and lead to the public internet. See the names of events with: latchkey webhooks events

              latchkey webhooks create https://hooks.example.com/latchkey --event API_TOKEN_ISSUED --event API_TOKEN_REVOKED
              latchkey webhooks create https://hooks.example.com/latchkey --all-events
            """)

    @Argument(help: "Where events are sent to.")
    var url: String

    @Option(help: ArgumentHelp("An event to be told of. May be given again.", valueName: "event"))
    var event: [String] = []

    @Flag(help: "Every event of the organization, also of kinds that there are not yet.")
    var allEvents = false

    @OptionGroup var login: LoginOptions

    func validate() throws {
        guard allEvents != !event.isEmpty else { throw ValidationError("Give --event …, or --all-events.") }
    }

    func run() async throws {
        let events = allEvents ? ["*"] : event
        let body = try await login.webhooks(
            .post, "/api/v1/webhooks", ["url": .string(url), "events": .array(events.map { .string($0) })])
        if login.output.json { return Terminal.standard.json(body) }
        Terminal.standard.line("Made a webhook.")
        WebhookReport(json: body).tellSecret(.standard)
    }
}

/// `latchkey webhooks events`
struct WebhooksEvents: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Show the names of the events that there are.",
        discussion: """
              latchkey webhooks events
            """)

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let body = try await login.webhooks(.get, "/api/v1/audit/events")
        if login.output.json { return Terminal.standard.json(body) }
        Terminal.standard.columns(
            (body["events"]?.array ?? []).compactMap(\.object).map { event in
                [event["event"]?.string?.printable ?? "", event["description"]?.string?.printable ?? ""]
            })
    }
}
