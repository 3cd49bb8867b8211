import Synchronization

/// Numbers handed out one by one; after the last given one it counts on.
final class Supply: Sendable {
    private let numbers: Mutex<[UInt64]>

    init(_ numbers: [UInt64]) {
        self.numbers = Mutex(numbers.reversed())
    }

    func next() -> UInt64 {
        numbers.withLock { numbers in
            guard let next = numbers.popLast() else { return 0 }
            if numbers.isEmpty { numbers.append(next &+ 1) }
            return next
        }
    }
}
