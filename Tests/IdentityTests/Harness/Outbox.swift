import Identity
import JOSE
import Synchronization

/// A mail server that keeps what it is sent, or refuses everything.
final class Outbox: MailTransport {
    private let messages = Mutex<[MailMessage]>([])
    private let refusal: MailRefusal?

    init(refusing refusal: MailRefusal? = nil) {
        self.refusal = refusal
    }

    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) throws(MailRefusal) {
        messages.withLock { $0.append(message) }
        if let refusal { throw refusal }
    }

    /// What arrived, in order; of a server that refuses everything, what it was offered.
    var sent: [MailMessage] { messages.withLock { $0 } }
}
