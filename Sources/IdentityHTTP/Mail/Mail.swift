package import Identity

/// What becomes a mail: a letter of the domain, with the sentences that are no template's.
///
/// A new kind of mail is a letter, its two templates, and this.
package protocol MailedLetter: Sendable {
    /// How the names of its templates begin: `-text` and `-html` follow.
    static var templates: String { get }

    var recipient: EmailAddress { get }

    /// One line.
    ///
    /// - Parameter host: what this server is called.
    func subject(at host: String) -> String

    /// What the templates fill in, but for `host`. The text half says at its top which keys there are.
    var context: [String: Any] { get }
}

/// Writes the mails of one kind.
package struct Mail<Letter: MailedLetter>: Sendable {
    private let templates: Templates
    /// What stands behind the scheme of the issuer.
    private let host: String

    /// - Parameters:
    ///   - issuer: the only name that a mail ever gives for this server, whatever a request calls it.
    ///   - templates: the operator's own, instead of the built-in ones.
    package init(issuer: String, templates: MailTemplates = .builtIn) throws {
        self.templates = try Templates(named: Letter.templates, replacing: templates.sources)
        host = issuer.split(separator: "/", maxSplits: 1).last.map { $0.drop { $0 == "/" } }.map(String.init) ?? issuer
    }

    package func compose(_ letter: Letter) -> MailMessage {
        var context = letter.context
        context["host"] = host
        return MailMessage(
            recipient: letter.recipient, subject: letter.subject(at: host),
            text: templates.render(Letter.templates + "-text", context),
            html: templates.render(Letter.templates + "-html", context))
    }
}
