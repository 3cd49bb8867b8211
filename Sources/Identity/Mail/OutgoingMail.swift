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

/// Takes a message and delivers it, or says why not. The identifier is the same each time a message is tried: what was
/// accepted and yet is offered again, since nobody lived to note it, can be told by it.
package protocol MailTransport: Sendable {
    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws(MailRefusal)
}

/// Why a message did not leave. The words are for the operator.
package enum MailRefusal: Error, Hashable, Sendable {
    /// Worth another try.
    case temporary(String)
    /// As good as the last try: this message will not be taken.
    case permanent(String)

    package var cause: String {
        switch self {
        case .temporary(let cause), .permanent(let cause): cause
        }
    }
}

/// A message in the queue.
package struct OutgoingMail: Sendable, Identified {
    package static let identifierPrefix = "msg"
    package typealias ID = Identifier<OutgoingMail>

    let id: ID
    let attempts: Int64
    let nextAttemptAt: Instant

    /// After so many attempts a message is a dead letter.
    static let maximumAttempts: Int64 = 8
    /// How long one attempt may take before another node tries.
    static let lease = Duration.seconds(60)

    /// 5 s, 10 s, 20 s … ten minutes in all, which is as long as a link in it lives.
    static func delay(afterAttempt attempt: Int64) -> Duration {
        .seconds(5 << max(0, min(attempt - 1, 7)))
    }
}
