import Synchronization

/// Whether the server is about to stop. From then on it is not ready, and each answer is the last of its connection.
package final class Drain: Sendable {
    private let begun = Atomic<Bool>(false)

    package init() {}

    package var hasBegun: Bool { begun.load(ordering: .relaxed) }

    /// Once, and for good.
    package func begin() { begun.store(true, ordering: .relaxed) }
}
