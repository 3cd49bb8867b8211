import Database
import Dispatch
import Identity
import Synchronization

extension TestServer {
    /// Sends a request, and ends every login of its user after it was let in and before it does what it asks for: the one
    /// writer is busy until the end and the request wait for it, in this order.
    func endingLogins(
        of user: User.ID, _ request: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let (begun, now) = (AsyncStream.makeStream(of: Void.self), now)
        let (opened, isAnswered) = (DispatchSemaphore(value: 0), Flag())
        let holder = Task {
            try await database.write { _ in
                begun.continuation.finish()
                opened.wait()
            }
        }
        for await _ in begun.stream {}
        let end = Task { try await provider.grants.revokeEverything(of: user, at: now, from: .server) }
        while database.waiting < 1 { await Task.yield() }
        let answer = Task {
            defer { isAnswered.raise() }
            return try await request()
        }
        while database.waiting < 2, !isAnswered.isRaised { await Task.yield() }
        opened.signal()
        try await holder.value
        try await end.value
        return try await answer.value
    }
}

private final class Flag: Sendable {
    private let raised = Mutex(false)

    var isRaised: Bool { raised.withLock { $0 } }

    func raise() { raised.withLock { $0 = true } }
}
