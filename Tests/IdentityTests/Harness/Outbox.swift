import Identity
import JOSE
import Synchronization

/// A mail server that keeps what it is sent, or turns everything away.
final class Outbox: MailTransport {
    struct Unreachable: Error {}

    private let messages = Mutex<[MailMessage]>([])
    private let isReachable: Bool

    init(isReachable: Bool = true) {
        self.isReachable = isReachable
    }

    func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) throws {
        messages.withLock { $0.append(message) }
        guard isReachable else { throw Unreachable() }
    }

    /// What arrived, in order; of a server that turns everything away, what it was offered.
    var sent: [MailMessage] { messages.withLock { $0 } }
}
