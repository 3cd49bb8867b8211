import Identity
import JOSE
import LatchkeyVerifier
import Logging
import ServiceLifecycle

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

/// Removes proofs, answers and dead letters that are long over, once a minute, a bounded batch at a time.
struct ExpirySweeper: Service {
    let expiredProofs: ExpiredProofs
    let mail: MailQueue
    let answers: RecordedAnswers
    let logger: Logger

    func run() async throws {
        await every(.seconds(60)) {
            await attempt("Expired proofs cannot be removed", logger) {
                while try await expiredProofs.remove(at: .now) > 0 {}
            }
            await attempt("Answers that were kept for a repeated call cannot be removed", logger) {
                while try await answers.removeExpired(at: .now) > 0 {}
            }
            await attempt("Old dead letters cannot be removed", logger) {
                while try await mail.removeOldDeadLetters(at: .now) > 0 {}
            }
        }
    }
}

/// Works, waits, and works again, until the server is told to stop.
func every(_ pause: Duration, _ work: @escaping @Sendable () async -> Void) async {
    await cancelWhenGracefulShutdown {
        while !Task.isCancelled {
            await work()
            try? await Task.sleep(for: pause)
        }
    }
}

/// Work in the background that fails is told to the log and tried again: it must not end the server.
func attempt(_ complaint: Logger.Message, _ logger: Logger, _ work: () async throws -> Void) async {
    do {
        try await work()
    } catch is CancellationError {
        // The server is stopping.
    } catch {
        logger.error(complaint, metadata: ["cause": "\(error)"])
    }
}
