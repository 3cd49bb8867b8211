import Synchronization

/// Something that a body on another thread uses while the test waits for it.
final class Exclusive<Value>: @unchecked Sendable {
    private let value: Value
    private let lock = Mutex(())

    init(_ value: Value) { self.value = value }

    func use<R>(_ body: (Value) throws -> R) rethrows -> R { try lock.withLock { _ in try body(value) } }
}
