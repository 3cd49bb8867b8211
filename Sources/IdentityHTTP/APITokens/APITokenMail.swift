package import Identity
import JOSE

/// Writes the mails about API tokens.
package struct APITokenMail: Sendable {
    private let templates: Templates
    private let host: String

    /// - Parameters:
    ///   - issuer: the only name that a mail ever gives for this server, whatever a request calls it.
    ///   - templates: the operator's own, instead of the built-in ones.
    package init(issuer: String, templates: MailTemplates = .builtIn) throws {
        self.templates = try Templates(named: "mail-api-tokens", replacing: templates.sources)
        host = MailHost.name(of: issuer)
    }

    package func compose(_ letter: APITokenLetter) -> MailMessage {
        let subject: String
        var context: [String: Any] = [
            "host": host, "organization": MailWords.plain(letter.organization, or: "your organization"),
            "link": letter.link, "days": APITokenLetter.unusedDays,
            "tokens": letter.tokens.map(line),
        ]
        if letter.more > 0 { context["more"] = letter.more.grouped }
        switch letter.occasion {
        case .expiring:
            context["expiring"] = true
            subject = "API tokens at \(host) end soon"
        case .unused:
            context["unused"] = true
            subject = "Unused API tokens at \(host)"
        case .makerGone(let name, let email, let wasRemoved):
            context["gone"] =
                ["name": MailWords.plain(name, or: "Someone"), "email": email.text, "removed": wasRemoved]
                as [String: Any]
            subject = "API tokens of someone who left at \(host)"
        }
        return MailMessage(
            recipient: letter.recipient, subject: subject, text: templates.render("mail-api-tokens-text", context),
            html: templates.render("mail-api-tokens-html", context))
    }

    private func line(_ line: APITokenLetter.Line) -> [String: Any] {
        var row: [String: Any] = [
            "label": MailWords.plain(line.label, or: "API token"), "secret": line.displayedSecret,
        ]
        row["endsAt"] = line.expiresAt?.moment
        row["usedAt"] = line.lastUsedAt?.moment
        return row
    }
}
