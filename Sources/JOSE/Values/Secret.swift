/// Bytes that must not leak: a private key, a token's random part, a derived key.
///
/// It prints as `<redacted>`, has no `==` (see `matches`), and its memory is zeroed when the last copy is gone.
/// Copies share the same memory.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let storage: SecretStorage

    /// Copies the bytes. The caller's own copy is the caller's to forget.
    public init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        storage = unsafe SecretStorage(count: bytes.count) { destination in
            unsafe destination.copyBytes(from: bytes)
        }
    }

    /// `count` bytes which `fill` writes in place, so that they never exist anywhere else.
    init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        storage = try unsafe SecretStorage(count: count, fill: fill)
    }

    /// How many bytes there are.
    public var count: Int { storage.count }

    /// Shows the bytes to `body`. The pointer must not outlive the call.
    public func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try unsafe storage.withBytes(body)
    }

    /// Whether the bytes are those of `candidate`, in a time that depends on the lengths alone.
    public func matches(_ candidate: [UInt8]) -> Bool {
        unsafe storage.withBytes { secret in
            unsafe candidate.withUnsafeBytes { unsafe ConstantTime.equal(secret, $0) }
        }
    }

    /// Always `<redacted>`.
    public var description: String { "<redacted>" }
    /// Always `<redacted>`.
    public var debugDescription: String { "<redacted>" }
    /// Shows nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
