package import Identity

/// Writes the mail that carries an invitation.
package struct InvitationMail: Sendable {
    private let templates: Templates
    private let host: String

    /// - Parameters:
    ///   - issuer: the only name that a mail ever gives for this server, whatever a request calls it.
    ///   - templates: the operator's own, instead of the built-in ones.
    package init(issuer: String, templates: MailTemplates = .builtIn) throws {
        self.templates = try Templates(named: "mail-invitation", replacing: templates.sources)
        host = MailHost.name(of: issuer)
    }

    package func compose(_ letter: InvitationLetter) -> MailMessage {
        let context: [String: Any] = [
            "email": letter.recipient.text, "host": host, "link": letter.link,
            "organization": MailWords.plain(letter.organization, or: "an organization"), "role": letter.role.rawValue,
            "inviter": MailWords.plain(letter.inviterName, or: "Someone"), "inviterEmail": letter.inviterEmail.text,
            "days": Invitation.lifetime.components.seconds / 86_400, "expiresAt": letter.expiresAt.moment,
        ]
        return MailMessage(
            recipient: letter.recipient, subject: "Invitation to an organization at \(host)",
            text: templates.render("mail-invitation-text", context),
            html: templates.render("mail-invitation-html", context))
    }
}

/// Names that people chose, in mail to people who may never have heard of them.
enum MailWords {
    /// The letters, digits and a few signs of a name. No dot, colon, slash or at-sign: mail programs make links of
    /// whatever looks like one, and an invitation would carry anyone's advertisement.
    static func plain(_ name: String, or fallback: String) -> String {
        let kept = name.unicodeScalars.map { scalar -> Character in
            scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                || "-'’&,()".unicodeScalars.contains(scalar)
                ? Character(scalar) : " "
        }
        let words = String(kept).split(separator: " ").joined(separator: " ").prefix(60)
        return words.isEmpty ? fallback : String(words)
    }
}
