package import Identity

/// Writes the mail that carries a magic link.
package struct MagicLinkMail: Sendable {
    private let templates: Templates
    private let host: String

    /// - Parameters:
    ///   - issuer: the only name that a mail ever gives for this server, whatever a request calls it.
    ///   - templates: the operator's own, instead of the built-in ones.
    package init(issuer: String, templates: MailTemplates = .builtIn) throws {
        self.templates = try Templates(named: "mail-magic-link", replacing: templates.sources)
        host = MailHost.name(of: issuer)
    }

    package func compose(_ letter: MagicLinkLetter) -> MailMessage {
        var context: [String: Any] = [
            "email": letter.recipient.text, "host": host, "link": letter.link, "code": letter.code,
            "minutes": MagicLink.lifetime.components.seconds / 60,
            "agent": AgentName.readable(letter.origin.agent), "address": letter.origin.address,
            "askedAt": letter.askedAt.moment,
        ]
        if let application = letter.application { context["application"] = application }
        return MailMessage(
            recipient: letter.recipient, subject: "Sign in to \(host)",
            text: templates.render("mail-magic-link-text", context),
            html: templates.render("mail-magic-link-html", context))
    }
}
