import Synchronization

/// How many events are being told, in all and of each organization: one whose endpoints take their time keeps nobody
/// else's from being told.
final class UnderWay: Sendable {
    static let maximum = 64
    static let maximumOfOne = 4

    private let counts = Mutex<[String: Int]>([:])

    /// False: there are too many, and nothing has begun.
    func begin(for tenant: String) -> Bool {
        counts.withLock { counts in
            let own = counts[tenant] ?? 0
            guard counts.values.reduce(0, +) < Self.maximum, own < Self.maximumOfOne else { return false }
            counts[tenant] = own + 1
            return true
        }
    }

    func end(for tenant: String) {
        counts.withLock { counts in
            let left = (counts[tenant] ?? 0) - 1
            counts[tenant] = left > 0 ? left : nil
        }
    }
}
