import ArgumentParser
import JOSE

/// `latchkey webhooks update`
struct WebhooksUpdate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update", abstract: "Change where a webhook leads, what it is told, or switch it on or off.",
        discussion: """
            What is not given stays. Events of a time when it was off are not sent afterwards.

              latchkey webhooks update whk_… --event membership.created --event membership.ended
              latchkey webhooks update whk_… --url https://hooks.example.com/new --enable
              latchkey webhooks update whk_… --disable
            """)

    @Argument(help: "The webhook, as the list names it.")
    var id: WebhookName

    @Option(help: "Where events are sent to from now on.")
    var url: String?

    @Option(
        help: ArgumentHelp("An event to be told of, instead of those before. May be given again.", valueName: "event"))
    var event: [String] = []

    @Flag(help: "Every event of the organization, also of kinds that there are not yet.")
    var allEvents = false

    @Flag(help: "Switch it on.")
    var enable = false

    @Flag(help: "Switch it off.")
    var disable = false

    @OptionGroup var login: LoginOptions

    func validate() throws {
        guard !(enable && disable) else { throw ValidationError("Give --enable or --disable, not both.") }
        guard !allEvents || event.isEmpty else { throw ValidationError("Give --event … or --all-events, not both.") }
        guard url != nil || allEvents || !event.isEmpty || enable || disable else {
            throw ValidationError("Say what to change: --url, --event, --all-events, --enable or --disable.")
        }
    }

    func run() async throws {
        var request = JSONObject()
        request["url"] = url.map { .string($0) }
        if allEvents || !event.isEmpty {
            request["events"] = .array((allEvents ? ["*"] : event).map { .string($0) })
        }
        if enable || disable { request["enabled"] = .bool(enable) }
        let body = try await login.webhooks(.patch, id.path, request)
        if login.output.json { return Terminal.standard.json(body) }
        Terminal.standard.table(WebhookReport(json: body).rows)
    }
}

/// `latchkey webhooks rotate`
struct WebhooksRotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give a webhook a new secret, which is shown once.",
        discussion: """
            Until the overlap is over each message carries a signature by both secrets. After a leak give --overlap 0s.

              latchkey webhooks rotate whk_… --overlap 2d
            """)

    @Argument(help: "The webhook, as the list names it.")
    var id: WebhookName

    @Option(
        help: ArgumentHelp("How long the secret before signs too: 0s, 1h, up to 7d. Default: 1d.", valueName: "time"))
    var overlap: TypedDuration?

    @OptionGroup var login: LoginOptions

    func validate() throws { try overlap?.requireOverlap() }

    func run() async throws {
        var request = JSONObject()
        request["overlap"] = overlap.map { .integer($0.seconds) }
        let body = try await login.webhooks(.post, id.path + "/rotate", request)
        if login.output.json { return Terminal.standard.json(body) }
        Terminal.standard.line("The webhook has a new secret.")
        WebhookReport(json: body).tellSecret(.standard)
    }
}

/// `latchkey webhooks delete`
struct WebhooksDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a webhook. What waits for it is not sent.",
        discussion: """
              latchkey webhooks delete whk_…
            """)

    @Argument(help: "The webhook, as the list names it.")
    var id: WebhookName

    @OptionGroup var login: LoginOptions

    func run() async throws {
        _ = try await login.webhooks(.delete, id.path)
        if login.output.json {
            return Terminal.standard.json(["id": .string(id.text), "status": .string("deleted")])
        }
        Terminal.standard.line("Deleted \(id.text).")
    }
}
