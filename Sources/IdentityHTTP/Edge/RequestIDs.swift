import JOSE
import Synchronization

/// Names for requests that bring none: `req_` and 96 bits, of which half are drawn at the start of the process and half
/// count. They have to differ, and need not be hard to guess.
final class RequestIDs: Sendable {
    private let process: [UInt8]
    private let count: Atomic<UInt64>

    init(random: RandomSource) {
        process = random.bytes(6)
        count = Atomic(random.uint64())
    }

    func next() -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        let bytes = process + (0..<6).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        return "req_" + Base64URL.encode(bytes)
    }
}
