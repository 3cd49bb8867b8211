import COpenSSL

extension RandomSource {
    /// The generator of libcrypto, seeded by the operating system. A generator that cannot deliver ends the process:
    /// every token made after it would be a guess.
    public static let system = unsafe RandomSource { buffer in
        guard let start = buffer.baseAddress else { return }
        var rest = unsafe start.assumingMemoryBound(to: UInt8.self)
        var count = buffer.count
        while count > 0 {
            let step = min(count, Int(Int32.max))
            unsafe LibCrypto.require(RAND_bytes(rest, Int32(step)), "randomness")
            unsafe rest += step
            count -= step
        }
    }
}
