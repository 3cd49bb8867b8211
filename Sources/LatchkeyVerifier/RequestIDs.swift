public import JOSE
import Synchronization

/// Names of requests: a caller's own when it is harmless, so that one name follows a request through all systems;
/// otherwise `req_` and 96 bits, of which half are drawn once and half count. They have to differ, and need not be hard
/// to guess.
///
/// One for the process, made at its start.
public final class RequestIDs: Sendable {
    private let start: String
    private let count: Atomic<UInt64>

    /// - Parameter random: where the first half comes from, and where counting begins.
    public init(random: RandomSource = .system) {
        // Six bytes are eight letters, with nothing over.
        start = "req_" + Base64URL.encode(random.bytes(6))
        count = Atomic(random.uint64())
    }

    /// The name of a request.
    ///
    /// - Parameter own: its `X-Request-Id`, if it has one. Kept when it is 1 to 128 of the characters `A-Za-z0-9._-`,
    ///   which are safe in a header field, a log, JSON and HTML.
    public func name(keeping own: String?) -> String {
        guard let own, (1...128).contains(own.utf8.count), own.utf8.allSatisfy(Self.isHarmless) else { return next() }
        return own
    }

    private func next() -> String {
        let number = count.wrappingAdd(1, ordering: .relaxed).newValue
        return start + Base64URL.encode((0..<6).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }

    private static func isHarmless(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
