import JOSE
import LatchkeyVerifier
import SMTP

/// The mail server takes us; with a recipient, it takes a mail.
struct MailCheck: Check {
    let name = "mail"
    /// Nil: nothing is sent.
    let recipient: Mailbox?

    func examine(_ deployment: Deployment) async -> [Finding] {
        guard let mail = deployment.configuration.mail else { return [absent(deployment.configuration)] }
        let transport = SMTPMail.transport(mail, issuer: deployment.issuer)
        do throws(SMTPFailure) {
            guard let recipient else {
                try await transport.check()
                let how = mail.server.user == nil ? "lets us in" : "lets us in as \(mail.server.user ?? "")"
                return [.ok("\(mail.server) \(how). --send-mail ADDRESS tries the rest of the way.")]
            }
            guard let message = message(from: mail.sender, to: recipient, deployment.issuer) else {
                return [.fault("The test mail cannot be written.", fix: "Check mail_from.")]
            }
            try await transport.send(message)
            return [.ok("\(mail.server) took a mail to \(recipient.address). See that it arrives, and not as spam.")]
        } catch {
            return [.fault("\(mail.server): \(error)", fix: fix(error))]
        }
    }

    private func absent(_ settings: ServerConfiguration) -> Finding {
        if settings.isDevelopment { return .ok("Development mode shows mail at /dev/mailbox.") }
        let fix = "Set smtp_url and mail_from; docs/configuration.md has them."
        return recipient == nil
            ? .warn("No mail can leave, so nobody can sign in by mail.", fix: fix)
            : .fault("No mail can leave: there is no mail server in the settings.", fix: fix)
    }

    private func message(from sender: Mailbox, to recipient: Mailbox, _ issuer: Issuer) -> Message? {
        let id = "doctor." + Base64URL.encode(RandomSource.system.bytes(12)) + "@" + SMTPMail.messageHost(issuer)
        return try? Message(
            from: sender, to: recipient, subject: "Mail from Latchkey arrives",
            text: "This is the test mail of latchkey doctor for \(issuer).\n\nNothing has to be done.\n",
            html:
                "<p>This is the test mail of <code>latchkey doctor</code> for \(issuer).</p><p>Nothing has to be done.</p>",
            id: id, date: .now)
    }

    private func fix(_ failure: SMTPFailure) -> String {
        switch failure {
        case .unreachable: "Check host and port in smtp_url, and that a firewall lets this machine out to it."
        case .timedOut: "Check the port in smtp_url: 587 for smtp, 465 for smtps; a firewall may swallow the rest."
        case .insecure:
            "The server needs STARTTLS and a certificate for the name in smtp_url. Own authority: smtp_ca_file."
        case .turnedAway: "Check the user in smtp_url and smtp_password, and whether the server lets this machine in."
        case .refused: "Check mail_from: the server must accept it as our sender, and the recipient."
        }
    }
}
