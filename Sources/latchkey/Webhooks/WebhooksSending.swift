import ArgumentParser
import JOSE

/// `latchkey webhooks test`
struct WebhooksTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Send a webhook a message of the type webhook.test, and see what comes of it.",
        discussion: """
            Exits with 1 when it was not taken.

              latchkey webhooks test whk_…
            """)

    @Argument(help: "The webhook, as the list names it.")
    var id: WebhookName

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let body = try await login.webhooks(.post, id.path + "/test")
        try await login.tellOutcome(of: body)
    }
}

/// `latchkey webhooks replay`
struct WebhooksReplay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Send a message once more that was delivered or given up.",
        discussion: """
            It is the same message with the same webhook-id, so a receiver that has it knows it again. Exits with 1 when \
            it was not taken.

              latchkey webhooks replay dlv_…
            """)

    @Argument(help: "The delivery, as: latchkey webhooks deliveries whk_… names it.")
    var id: DeliveryName

    @OptionGroup var login: LoginOptions

    func run() async throws {
        let body = try await login.webhooks(
            .post, "/api/v1/webhooks/deliveries/\(id.text)/replay", lists: "latchkey webhooks deliveries whk_…")
        try await login.tellOutcome(of: body)
    }
}

extension LoginOptions {
    /// Longer than an attempt may take, and a moment before it.
    private static let patience = Duration.seconds(25)

    /// Waits for the first attempt of a delivery, and tells what came of it.
    fileprivate func tellOutcome(of queued: JSONObject) async throws {
        let webhook = queued["webhook_id"]?.string ?? ""
        let report = try await outcome(of: DeliveryReport(json: queued), webhook: webhook)
        let terminal = Terminal.standard
        if output.json {
            terminal.json(report.json)
        } else if report.isTried {
            terminal.line(report.sentence)
        } else {
            terminal.line(
                "It has not been sent yet. Look later with: latchkey webhooks deliveries \(webhook.printable)")
        }
        if !report.isDelivered { throw ExitCode(CommandFailure.Status.refused.rawValue) }
    }

    private func outcome(of queued: DeliveryReport, webhook: String) async throws -> DeliveryReport {
        guard let name = WebhookName(argument: webhook) else { return queued }
        let begin = ContinuousClock.now
        while begin.duration(to: .now) < Self.patience {
            try await Task.sleep(for: .milliseconds(500))
            let body = try await webhooks(.get, name.path + "/deliveries?limit=50")
            let reports = (body["deliveries"]?.array ?? []).compactMap(\.object).map(DeliveryReport.init)
            if let report = reports.first(where: { $0.id == queued.id }), report.isTried { return report }
        }
        return queued
    }
}
