/// Where randomness comes from. An argument, like the time, so that a test can replay a flow.
@safe
public struct RandomSource: Sendable {
    private let fill: @Sendable (UnsafeMutableRawBufferPointer) -> Void

    /// A source that overwrites every byte of the buffer it is handed.
    public init(fill: @escaping @Sendable (UnsafeMutableRawBufferPointer) -> Void) {
        unsafe self.fill = unsafe fill
    }

    /// `count` bytes; none when `count` is not positive.
    public func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(count, 0))
        unsafe bytes.withUnsafeMutableBytes { unsafe fill($0) }
        return bytes
    }

    /// `count` bytes that are secret from the start.
    public func secret(_ count: Int) -> Secret {
        unsafe Secret(count: max(count, 0), fill: fill)
    }

    /// 64 random bits.
    public func uint64() -> UInt64 {
        var value: UInt64 = 0
        unsafe withUnsafeMutableBytes(of: &value) { unsafe fill($0) }
        return value
    }

    /// A number from 0 to `limit - 1`, each as likely as the others; 0 when `limit` is not positive.
    public func integer(below limit: Int) -> Int {
        guard limit > 1 else { return 0 }
        var generator = Generator(source: self)
        return Int.random(in: 0..<limit, using: &generator)
    }

    private struct Generator: RandomNumberGenerator {
        let source: RandomSource
        mutating func next() -> UInt64 { source.uint64() }
    }
}
