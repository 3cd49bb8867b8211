package import Identity

/// Writes the mail that tells of a change of passkeys or second factors.
package struct FactorNoticeMail: Sendable {
    private let templates: Templates
    private let host: String

    /// - Parameters:
    ///   - issuer: the only name that a mail ever gives for this server, whatever a request calls it.
    ///   - templates: the operator's own, instead of the built-in ones.
    package init(issuer: String, templates: MailTemplates = .builtIn) throws {
        self.templates = try Templates(named: "mail-second-factor", replacing: templates.sources)
        host = MailHost.name(of: issuer)
    }

    package func compose(_ notice: FactorNotice) -> MailMessage {
        let event = notice.change.sentence
        var context: [String: Any] = [
            "email": notice.recipient.text, "host": host, "link": notice.link, "event": event,
            "agent": AgentName.readable(notice.origin.agent), "address": notice.origin.address.orOwnMachine,
            "changedAt": notice.changedAt.moment,
        ]
        if let name = notice.change.passkeyName { context["passkey"] = MailWords.plain(name, or: "A passkey") }
        if notice.isRecovery { context["recovery"] = true }
        if notice.change == .allRemoved { context["reset"] = true }
        return MailMessage(
            recipient: notice.recipient, subject: "\(event) at \(host)",
            text: templates.render("mail-second-factor-text", context),
            html: templates.render("mail-second-factor-html", context))
    }
}

extension FactorNotice.Change {
    /// Without a full stop: it begins the subject too.
    fileprivate var sentence: String {
        switch self {
        case .passkeyAdded: "A passkey was added to your account"
        case .passkeyRemoved: "A passkey was removed from your account"
        case .appSetUp: "An authenticator app was set up for your account"
        case .appReplaced: "The authenticator app of your account was replaced"
        case .appRemoved: "The authenticator app of your account was removed"
        case .recoveryCodesMade: "New recovery codes were made for your account"
        case .allRemoved: "All second factors of your account were removed"
        }
    }

    fileprivate var passkeyName: String? {
        switch self {
        case .passkeyAdded(let name), .passkeyRemoved(let name): name
        case .appSetUp, .appReplaced, .appRemoved, .recoveryCodesMade, .allRemoved: nil
        }
    }
}

extension String {
    /// A command that is run beside the server has no address.
    fileprivate var orOwnMachine: String { isEmpty ? "on the server itself" : self }
}
