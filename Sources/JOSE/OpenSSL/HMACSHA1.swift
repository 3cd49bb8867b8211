import COpenSSL

/// HMAC with SHA-1 (RFC 2104), for one-time passwords (RFC 4226 §5.2) and nothing else: authenticator apps know no
/// other hash. What is known against SHA-1 are collisions, which an HMAC does not rest on.
package enum HMACSHA1 {
    /// The 20 bytes of the code.
    package static func code(for message: [UInt8], key: Secret) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 20) { code, count in
            let done = unsafe key.withBytes { key in
                unsafe message.withUnsafeBufferPointer { message in
                    unsafe EVP_Q_mac(
                        nil, "HMAC", nil, "SHA1", nil, key.baseAddress, key.count, message.baseAddress, message.count,
                        code.baseAddress, 20, &count) != nil
                }
            }
            LibCrypto.require(done ? 1 : 0, "HMAC")
        }
    }
}
