import Synchronization

/// Whether the last write found the storage able to take it.
final class WriteHealth: Sendable {
    private let isFailing = Atomic(false)

    var isGood: Bool { !isFailing.load(ordering: .relaxed) }

    /// Runs a write and remembers how it went. What the schema or the body refused says nothing of the storage.
    func noting<R>(_ write: () async throws -> R) async throws -> R {
        do {
            let result = try await write()
            isFailing.store(false, ordering: .relaxed)
            return result
        } catch let failure as DatabaseFailure {
            if case .unavailable = failure { isFailing.store(true, ordering: .relaxed) }
            throw failure
        }
    }
}
