package import Identity
package import JOSE

/// The mail transport of development mode: keeps what would have been sent, to be read in the browser.
package actor DevelopmentMailbox: MailTransport {
    /// A message that arrived.
    struct Received: Sendable {
        let id: OutgoingMail.ID
        let message: MailMessage
        let receivedAt: Instant
    }

    private var messages: [Received] = []
    private var collecting: Task<Void, any Error>?
    private let announce: @Sendable (MailMessage) -> Void

    /// Older messages are forgotten.
    private static let maximumCount = 500

    /// - Parameter announce: told of each message as it arrives, to print it to the terminal.
    package init(announce: @escaping @Sendable (MailMessage) -> Void) {
        self.announce = announce
    }

    /// Takes all that is due from the queue. One after the other: who looks into the mailbox while another collection
    /// is under way waits for it, and so never misses a message that was on its way.
    package func collect(from queue: MailQueue, at now: Instant) async throws {
        let former = collecting
        let collection = Task {
            try? await former?.value
            _ = try await queue.deliver(by: self, at: now)
        }
        collecting = collection
        try await collection.value
    }

    package func send(_ message: MailMessage, id: OutgoingMail.ID, at now: Instant) {
        messages.append(Received(id: id, message: message, receivedAt: now))
        if messages.count > Self.maximumCount { messages.removeFirst() }
        announce(message)
    }

    /// Newest first.
    var received: [Received] { messages.reversed() }
}
