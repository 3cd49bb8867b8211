import COpenSSL

/// HMAC with SHA-256 (RFC 2104) under one key, which is prepared once and then serves any number of threads.
public struct HMACSHA256: Sendable {
    private let contexts: ContextPool

    /// Prepares the key, which may have any length; 32 bytes are what the strength needs.
    public init(key: Secret) {
        let context = unsafe LibCrypto.required(EVP_MAC_CTX_new(LibCrypto.hmac), "HMAC context")
        var digest = Array("SHA2-256".utf8CString)
        unsafe digest.withUnsafeMutableBufferPointer { digest in
            var parameters = unsafe [OSSL_PARAM.text(OSSL_PARAM.digest, digest.baseAddress), .end]
            unsafe key.withBytes { key in
                let bytes = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe LibCrypto.require(EVP_MAC_init(context, bytes, key.count, &parameters), "HMAC key")
            }
        }
        contexts = unsafe ContextPool(
            original: context, copy: { unsafe EVP_MAC_CTX_dup($0) }, free: { unsafe EVP_MAC_CTX_free($0) })
    }

    /// The 32 bytes of the code.
    public func code(for message: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: 32) { code, count in
            unsafe message.withUnsafeBufferPointer { message in
                let done = unsafe contexts.withContext { context in
                    unsafe EVP_MAC_init(context, nil, 0, nil) == 1
                        && EVP_MAC_update(context, message.baseAddress, message.count) == 1
                        && EVP_MAC_final(context, code.baseAddress, &count, 32) == 1
                }
                LibCrypto.require(done ? 1 : 0, "HMAC")
            }
        }
    }

    /// Whether `code` is the whole code of `message`, compared in constant time.
    public func isValid(_ code: [UInt8], for message: [UInt8]) -> Bool {
        ConstantTime.equal(self.code(for: message), code)
    }
}
