package import JOSE

/// What the admins of an organization are told when one of its webhooks was switched off.
package struct WebhookLetter: Sendable {
    package let recipient: EmailAddress
    package let webhook: Webhook.ID
    package let organization: String
    package let host: String
    package let reason: Webhook.DisabledReason
    /// Since when nothing was taken.
    package let failingSince: Instant
    package let cause: String
    /// Where it is switched on again.
    package let link: String

    package init(
        recipient: EmailAddress, webhook: Webhook.ID, organization: String, host: String,
        reason: Webhook.DisabledReason, failingSince: Instant, cause: String, link: String
    ) {
        (self.recipient, self.webhook, self.organization) = (recipient, webhook, organization)
        (self.host, self.reason, self.failingSince) = (host, reason, failingSince)
        (self.cause, self.link) = (cause, link)
    }
}

extension WebhookLetter {
    /// For whoever brings no letter of their own.
    package var plain: MailMessage {
        let text = "The webhook \(webhook) that sends events to \(host) was switched off.\n\n\(link)\n"
        return MailMessage(recipient: recipient, subject: "A webhook was switched off", text: text, html: text)
    }
}
