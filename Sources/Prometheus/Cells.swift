import CoreMetrics
import Synchronization

/// A number that only grows.
final class CounterCell: CounterHandler {
    private let count = Atomic<Int64>(0)

    var value: Int64 { count.load(ordering: .relaxed) }

    func increment(by amount: Int64) {
        count.wrappingAdd(max(0, amount), ordering: .relaxed)
    }

    func reset() {
        count.store(0, ordering: .relaxed)
    }
}

/// A number that is what it was last set to.
final class GaugeCell: MeterHandler, RecorderHandler {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func increment(by amount: Double) { add(amount) }
    func decrement(by amount: Double) { add(-amount) }

    private func add(_ amount: Double) {
        var before = bits.load(ordering: .relaxed)
        while true {
            let after = (Double(bitPattern: before) + amount).bitPattern
            let (exchanged, original) = bits.weakCompareExchange(
                expected: before, desired: after, ordering: .relaxed)
            if exchanged { return }
            before = original
        }
    }
}

/// How many values fell into which bucket, and their sum. Values are whole numbers: nanoseconds, or things counted.
final class HistogramCell: TimerHandler, RecorderHandler {
    /// A bucket by itself, for an array cannot hold atomics.
    private final class Bucket: Sendable {
        let count = Atomic<UInt64>(0)
    }

    struct Contents {
        /// Not cumulative; one more than there are bounds.
        let buckets: [UInt64]
        let sum: Double
    }

    private let limits: [Int64]
    private let buckets: [Bucket]
    private let sum = Atomic<Int64>(0)
    /// How many of the values make one of the unit that bounds and sum are written in.
    private let scale: Double

    /// - Parameters:
    ///   - bounds: ascending, in the unit that is written.
    ///   - scale: a billion for nanoseconds that are written as seconds.
    init(bounds: [Double], scale: Double) {
        limits = bounds.map { Int64(($0 * scale).rounded()) }
        buckets = (0...bounds.count).map { _ in Bucket() }
        self.scale = scale
    }

    var contents: Contents {
        Contents(
            buckets: buckets.map { $0.count.load(ordering: .relaxed) },
            sum: Double(sum.load(ordering: .relaxed)) / scale)
    }

    func recordNanoseconds(_ duration: Int64) { record(duration) }

    func record(_ value: Double) { record(Int64(exactly: value.rounded()) ?? 0) }

    func record(_ value: Int64) {
        var place = 0
        while place < limits.count, value > limits[place] { place += 1 }
        buckets[place].count.wrappingAdd(1, ordering: .relaxed)
        sum.wrappingAdd(value, ordering: .relaxed)
    }
}
