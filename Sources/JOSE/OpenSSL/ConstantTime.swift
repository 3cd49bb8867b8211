import COpenSSL

/// Comparison whose time tells nothing about where two values differ.
public enum ConstantTime {
    /// Whether the bytes are equal. Only a difference in length can be told from the time it takes.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        unsafe left.withUnsafeBytes { left in
            unsafe right.withUnsafeBytes { unsafe equal(left, $0) }
        }
    }

    static func equal(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard left.count == right.count else { return false }
        guard let left = left.baseAddress, let start = right.baseAddress else { return true }
        return unsafe CRYPTO_memcmp(left, start, right.count) == 0
    }
}
