package import Identity
package import JOSE
import Synchronization

/// The mail transport of development mode: keeps what would have been sent, to be read in the browser.
package final class DevelopmentMailbox: MailTransport, Sendable {
    /// A message that arrived.
    struct Received: Sendable {
        let id: OutgoingMail.ID
        let message: MailMessage
        let receivedAt: Instant
    }

    private let messages = Mutex<[Received]>([])
    private let announce: @Sendable (MailMessage) -> Void

    /// Older messages are forgotten.
    private static let maximumCount = 500

    /// - Parameter announce: told of each message as it arrives, to print it to the terminal.
    package init(announce: @escaping @Sendable (MailMessage) -> Void) {
        self.announce = announce
    }

    package func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) async throws {
        messages.withLock { messages in
            messages.append(Received(id: id, message: message, receivedAt: now))
            if messages.count > Self.maximumCount { messages.removeFirst() }
        }
        announce(message)
    }

    /// Newest first.
    var received: [Received] {
        messages.withLock { $0.reversed() }
    }
}
