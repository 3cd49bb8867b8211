import Identity
import IdentityHTTP
import JOSE
import LatchkeyVerifier
import Logging
import ServiceLifecycle

/// Where mail goes from here.
enum MailRoute: Sendable {
    /// Development mode.
    case mailbox(DevelopmentMailbox)
    case server(SMTPMail)
    /// It stays in the queue until there is a mail server.
    case nowhere

    var mailbox: DevelopmentMailbox? {
        if case .mailbox(let mailbox) = self { mailbox } else { nil }
    }

    /// Whether it leads anywhere.
    var leads: Bool { senderCount > 0 }

    /// How many messages are under way at once, so that a slow one does not hold up all others.
    fileprivate var senderCount: Int {
        switch self {
        case .mailbox: 1
        case .server: 4
        case .nowhere: 0
        }
    }
}

/// Sends queued mail: at once when told that some waits, and once a second for what is to be tried again.
///
/// When the server is told to stop, a message that is on its way is still seen to its end, which takes no longer than
/// the timeout of one message.
struct MailService: Service {
    let queue: MailQueue
    let route: MailRoute
    private let logger: Logger
    private let senders: [Sender]

    private typealias Sender = (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)

    init(queue: MailQueue, route: MailRoute, logger: Logger) {
        self.queue = queue
        self.route = route
        self.logger = logger
        senders = (0..<route.senderCount).map { _ in AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }
    }

    /// Says that mail waits. Never waits itself.
    @Sendable func wake() {
        for sender in senders { sender.continuation.yield() }
    }

    func run() async throws {
        guard !senders.isEmpty else { return try await gracefulShutdown() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await every(.seconds(1), wake) }
            for sender in senders {
                group.addTask {
                    await cancelWhenGracefulShutdown {
                        for await _ in sender.stream { await attempt("Mail cannot be delivered", logger, deliver) }
                    }
                }
            }
        }
    }

    @Sendable private func deliver() async throws {
        switch route {
        case .mailbox(let mailbox): try await mailbox.collect(from: queue, at: .now)
        case .server(let server): _ = try await queue.deliver(by: server, at: .now)
        case .nowhere: break
        }
    }
}
