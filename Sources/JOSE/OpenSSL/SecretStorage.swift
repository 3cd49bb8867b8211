import COpenSSL

/// The memory of a `Secret`: written once, read-only after, zeroed before it is given back.
@safe
final class SecretStorage: @unchecked Sendable {
    // Sendable because nothing writes after `init`.
    private let buffer: UnsafeMutableRawBufferPointer
    let count: Int

    init(count: Int, fill: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
        // One byte at least, because libcrypto reads a null pointer as "no key given" and not as an empty key.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(count, 1), alignment: 16)
        unsafe buffer.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe self.buffer = unsafe buffer
        self.count = count
        try unsafe fill(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
    }

    deinit {
        // Unlike a plain memset, the compiler may not leave it out.
        unsafe OPENSSL_cleanse(buffer.baseAddress, buffer.count)
        unsafe buffer.deallocate()
    }

    func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        defer { withExtendedLifetime(self) {} }
        return try unsafe body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
}
