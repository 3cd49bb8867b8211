import Identity
import IdentityHTTP
import JOSE
import LatchkeyVerifier
import Logging
import ServiceLifecycle

/// Sends queued mail: at once when told that some waits, and once a second for what is to be tried again.
struct MailService: Service {
    let queue: MailQueue
    /// Nil outside development mode.
    let mailbox: DevelopmentMailbox?
    private let logger: Logger
    private let wakings: AsyncStream<Void>
    private let waking: AsyncStream<Void>.Continuation

    init(queue: MailQueue, mailbox: DevelopmentMailbox?, logger: Logger) {
        self.queue = queue
        self.mailbox = mailbox
        self.logger = logger
        (wakings, waking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Says that mail waits. Never waits itself.
    @Sendable func wake() {
        waking.yield()
    }

    func run() async throws {
        guard let mailbox else { return try await gracefulShutdown() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await every(.seconds(1), wake) }
            await cancelWhenGracefulShutdown {
                for await _ in wakings {
                    await attempt("Mail cannot be delivered", logger) {
                        try await mailbox.collect(from: queue, at: .now)
                    }
                }
            }
            group.cancelAll()
        }
    }
}

/// Seals audit events into their hash chain, once a second.
struct AuditSealer: Service {
    let audit: AuditTrail
    let logger: Logger

    func run() async throws {
        await every(.seconds(1)) {
            await attempt("The audit cannot be sealed", logger) {
                while try await audit.seal() > 0 {}
            }
        }
    }
}

/// Removes proofs that are long over, once a minute, a bounded batch at a time.
struct ExpirySweeper: Service {
    let expiredProofs: ExpiredProofs
    let logger: Logger

    func run() async throws {
        await every(.seconds(60)) {
            await attempt("Expired proofs cannot be removed", logger) {
                while try await expiredProofs.remove(at: .now) > 0 {}
            }
        }
    }
}

/// Works, waits, and works again, until the server is told to stop.
private func every(_ pause: Duration, _ work: @escaping @Sendable () async -> Void) async {
    await cancelWhenGracefulShutdown {
        while !Task.isCancelled {
            await work()
            try? await Task.sleep(for: pause)
        }
    }
}

/// Work in the background that fails is told to the log and tried again: it must not end the server.
private func attempt(_ complaint: Logger.Message, _ logger: Logger, _ work: () async throws -> Void) async {
    do {
        try await work()
    } catch is CancellationError {
        // The server is stopping.
    } catch {
        logger.error(complaint, metadata: ["cause": "\(error)"])
    }
}
