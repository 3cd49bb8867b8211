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
        await every(.seconds(1), seal)
        // The requests are over: what the last of them did is sealed too.
        await seal()
    }

    @Sendable private func seal() async {
        await attempt("The audit cannot be sealed", logger) {
            while try await audit.seal() > 0 {}
        }
    }
}

/// Removes rows that are long over, once a minute, a bounded batch at a time.
///
/// After each batch it rests four times as long as the batch took, so that however much has piled up, four fifths of
/// the writer's time stay with those who wait for an answer.
struct ExpirySweeper: Service {
    let sweep: Sweep
    let logger: Logger

    func run() async throws {
        await every(.seconds(60)) {
            await attempt("Expired rows cannot be removed", logger) {
                var count = 0
                repeat {
                    let began = ContinuousClock.now
                    count = try await sweep.removeBatch(at: .now)
                    if count > 0 { try await Task.sleep(for: max(.milliseconds(5), began.duration(to: .now) * 4)) }
                } while count > 0
            }
        }
    }
}

/// Writes down what was done with API tokens, every three seconds: so much is lost in a crash, and no more.
struct APITokenUseWriter: Service {
    let apiTokens: APITokens
    let logger: Logger

    func run() async throws {
        await every(.seconds(3), write)
        // The requests are over: the last uses are written too.
        await write()
    }

    @Sendable private func write() async {
        await attempt("The uses of API tokens cannot be written", logger) { try await apiTokens.flushUses() }
    }
}

/// Tells people by mail, once an hour, which API tokens end soon and which nobody uses.
struct APITokenNoticeSender: Service {
    let notices: APITokenNotices
    let logger: Logger

    func run() async throws {
        await every(.seconds(3_600)) {
            await attempt("Mail about API tokens cannot be queued", logger) { _ = try await notices.send(at: .now) }
        }
    }
}

/// Looks once a second whether storage that failed takes writes again, so that `/readyz` can tell.
struct StorageProbe: Service {
    let storage: Storage
    let logger: Logger

    func run() async throws {
        await every(.seconds(1)) {
            await attempt("The storage takes no writes", logger) { try await storage.probe() }
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
