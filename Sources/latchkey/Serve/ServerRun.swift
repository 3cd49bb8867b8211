import IdentityHTTP
import Logging
import ServiceLifecycle
import UnixSignals

/// A server from its start to its end, and how it is told to end.
///
/// The first SIGTERM or SIGINT drains: `/readyz` turns 503 and each answer is the last of its connection; after the
/// delay the port is closed, what is under way is answered, and the services in the background finish. Whatever is
/// still there after the limit is cut off, and a second signal does so at once. In each case the database is closed
/// in order afterwards: what was acknowledged is on disk already, and what waits for its commit gets it.
struct ServerRun: Sendable {
    let services: ServiceGroup
    let listener: Listener
    let drain: Drain
    /// From the signal until the port is closed.
    let delay: Duration
    let logger: Logger

    /// From then on until everything is cut off.
    static let limit = Duration.seconds(20)

    private enum End {
        case finished, overdue, hurried
    }

    func run() async throws {
        // Both see every signal, the first one too.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let repetitions = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        try await withThrowingTaskGroup(of: End.self) { group in
            group.addTask {
                try await services.run()
                return .finished
            }
            group.addTask {
                guard await signals.first(where: { _ in true }) != nil else { throw CancellationError() }
                try await stop()
                return .overdue
            }
            group.addTask {
                guard await repetitions.dropFirst().first(where: { _ in true }) != nil else {
                    throw CancellationError()
                }
                return .hurried
            }
            switch try await group.next() {
            case .finished, nil: break
            case .overdue: logger.warning("The server was still busy, and is cut off")
            case .hurried: logger.warning("A second signal: what is still under way is cut off")
            }
            group.cancelAll()
            // How the others end when they are cut off is of no interest.
            while await group.nextResult() != nil {}
        }
    }

    private func stop() async throws {
        logger.info("Stopping")
        drain.begin()
        try await Task.sleep(for: delay)
        try await listener.stopTaking()
        await services.triggerGracefulShutdown()
        try await Task.sleep(for: Self.limit)
    }
}
