import Synchronization

@testable import Database

/// Callers who insert one row after the other, and remember which inserts were acknowledged.
final class Load: Sendable {
    let acknowledged = Counter()
    let refused = Counter()
    private let bench: PostgreSQLBench
    private let isOver = SharedFlag()
    private let kept = Mutex<[Int64]>([])
    private let next = Atomic<Int64>(1)

    init(_ bench: PostgreSQLBench) { self.bench = bench }

    func end() { isOver.raise() }

    /// Runs until the end; answers how long the slowest call took.
    func run(callers: Int) async -> Duration {
        await withTaskGroup(of: Duration.self) { group in
            for _ in 0..<callers { group.addTask { await self.call() } }
            return await group.reduce(.zero) { max($0, $1) }
        }
    }

    /// How many of the acknowledged rows are not there.
    func missing() async throws -> Int {
        let present = try await bench.database.read { transaction in
            Set(try transaction.rows("SELECT id FROM accounts").map { try $0.integer(0) })
        }
        return kept.withLock { $0.count { !present.contains($0) } }
    }

    private func call() async -> Duration {
        var slowest = Duration.zero
        while !isOver.isRaised {
            let id = next.add(1, ordering: .relaxed).newValue
            let start = ContinuousClock.now
            do {
                try await bench.insert(id)
                kept.withLock { $0.append(id) }
                acknowledged.increment()
            } catch {
                refused.increment()
                // As a client that heeds Retry-After, if a hasty one.
                try? await Task.sleep(for: .milliseconds(20))
            }
            slowest = max(slowest, ContinuousClock.now - start)
        }
        return slowest
    }
}
