package import Identity
import JOSE

/// Writes the mail that tells of an endpoint that was switched off.
package struct WebhookMail: Sendable {
    private let templates: Templates
    private let host: String

    /// - Parameters:
    ///   - issuer: the only name that a mail ever gives for this server, whatever a request calls it.
    ///   - templates: the operator's own, instead of the built-in ones.
    package init(issuer: String, templates: MailTemplates = .builtIn) throws {
        self.templates = try Templates(named: "mail-webhook-off", replacing: templates.sources)
        host = MailHost.name(of: issuer)
    }

    package func compose(_ letter: WebhookLetter) -> MailMessage {
        let context: [String: Any] = [
            "host": host, "link": letter.link, "endpoint": letter.host,
            "webhook": letter.webhook.description,
            "organization": MailWords.plain(letter.organization, or: "your organization"),
            "since": letter.failingSince.moment, "isGone": letter.reason == .gone, "cause": letter.cause.oneLine,
        ]
        return MailMessage(
            recipient: letter.recipient, subject: "A webhook was switched off at \(host)",
            text: templates.render("mail-webhook-off-text", context),
            html: templates.render("mail-webhook-off-html", context))
    }
}

extension String {
    /// Without line breaks and other control characters.
    fileprivate var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
