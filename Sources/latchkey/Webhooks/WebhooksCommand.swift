import ArgumentParser

/// `latchkey webhooks`
struct WebhooksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "webhooks",
        abstract: "Have the events of your organization sent to an address of yours.",
        discussion: """
            Each message is signed as https://www.standardwebhooks.com has it. What is not taken is tried again for \
            about a day. Making a webhook, giving it a new secret and giving it another URL take a second factor, which \
            is asked for on the way.

              latchkey webhooks create https://hooks.example.com/latchkey --event API_TOKEN_ISSUED
              latchkey webhooks test whk_…
              latchkey webhooks deliveries whk_… --status dead
              latchkey webhooks replay dlv_…
              latchkey webhooks rotate whk_… --overlap 1d     both secrets sign for a day

            Each of these commands takes --json.
            """,
        subcommands: [
            WebhooksCreate.self, WebhooksList.self, WebhooksShow.self, WebhooksUpdate.self, WebhooksRotate.self,
            WebhooksDelete.self, WebhooksTest.self, WebhooksDeliveries.self, WebhooksReplay.self, WebhooksEvents.self,
        ])
}
