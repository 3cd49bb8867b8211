import Identity
import JOSE
import SMTP

/// Takes the queue's messages to the mail server of the configuration.
struct SMTPMail: MailTransport {
    private let transport: SMTPTransport
    private let sender: Mailbox
    /// The right side of each `Message-ID`: the issuer's host.
    private let host: String

    init(_ configuration: MailConfiguration, issuer: Issuer) {
        sender = configuration.sender
        host = Self.messageHost(issuer)
        transport = Self.transport(configuration, issuer: issuer)
    }

    static func messageHost(_ issuer: Issuer) -> String {
        issuer.host.contains(":") ? "[\(issuer.host)]" : issuer.host
    }

    static func transport(_ configuration: MailConfiguration, issuer: Issuer) -> SMTPTransport {
        SMTPTransport(
            SMTPTransport.Settings(
                server: configuration.server, password: configuration.password,
                clientName: issuer.host.contains(":") ? nil : issuer.host, authorities: configuration.authorities))
    }

    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws(MailRefusal) {
        let mail = try compose(message, id: id, at: now)
        do throws(SMTPFailure) {
            try await transport.send(mail)
        } catch {
            throw error.isPermanent ? .permanent(error.description) : .temporary(error.description)
        }
    }

    private func compose(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) throws(MailRefusal) -> Message {
        guard let recipient = Mailbox(address: message.recipient.text) else {
            throw .permanent("The recipient's address cannot be written into a mail.")
        }
        do {
            return try Message(
                from: sender, to: recipient, subject: message.subject, text: message.text, html: message.html,
                id: "\(id)@\(host)", date: now)
        } catch {
            throw .permanent("Its \(error) cannot be written into a mail.")
        }
    }
}
