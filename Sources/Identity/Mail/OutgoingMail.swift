package import JOSE

/// One message, ready to send.
package struct MailMessage: Hashable, Sendable {
    package let recipient: EmailAddress
    /// One line.
    package let subject: String
    package let text: String
    package let html: String

    package init(recipient: EmailAddress, subject: String, text: String, html: String) {
        self.recipient = recipient
        self.subject = subject
        self.text = text
        self.html = html
    }
}

/// Takes a message and delivers it, or throws and is asked again later.
package protocol MailTransport: Sendable {
    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws
}

/// A message in the queue.
package struct OutgoingMail: Sendable, Identified {
    package static let identifierPrefix = "msg"
    package typealias ID = Identifier<OutgoingMail>

    let id: ID
    let attempts: Int64
    let nextAttemptAt: Instant

    /// After so many attempts a message is given up.
    static let maximumAttempts: Int64 = 8
    /// How long one attempt may take before another node tries.
    static let lease = Duration.seconds(60)

    /// 5 s, 10 s, 20 s … ten minutes in all, which is as long as a link in it lives.
    static func delay(afterAttempt attempt: Int64) -> Duration {
        .seconds(5 << max(0, min(attempt - 1, 7)))
    }
}
