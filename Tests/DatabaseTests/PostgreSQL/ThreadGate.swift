import Dispatch
import Synchronization

/// Stops a body on its thread until the test lets it go on.
struct ThreadGate: Sendable {
    private let opened = DispatchSemaphore(value: 0)
    private let arrivals = AsyncStream.makeStream(of: Void.self)

    /// Called by the body.
    func pass() {
        arrivals.continuation.finish()
        opened.wait()
    }

    /// Returns once the body stands in the gate.
    func reached() async {
        for await _ in arrivals.stream {}
    }

    func open() { opened.signal() }
}

/// Counts what happens on several threads.
final class Counter: Sendable {
    private let count = Atomic(0)

    var value: Int { count.load(ordering: .relaxed) }

    func increment() { count.add(1, ordering: .relaxed) }
}
