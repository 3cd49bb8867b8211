import Identity
import JOSE
import Synchronization

/// Where the mail queue delivers to in tests.
final class Inbox: MailTransport, Sendable {
    private let received = Mutex<[MailMessage]>([])

    var messages: [MailMessage] { received.withLock { $0 } }

    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) {
        received.withLock { $0.append(message) }
    }
}
