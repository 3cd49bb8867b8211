import COpenSSL

/// Key derivation (RFC 5869): one master key, a label per purpose, and no purpose learns another's key.
public enum HKDF {
    /// `count` bytes (1–8160) for the purpose `label`, with SHA-256 and no salt. Other counts are brought into range.
    public static func sha256(_ key: Secret, label: String, count: Int = 32) -> Secret {
        let context = unsafe LibCrypto.required(EVP_KDF_CTX_new(LibCrypto.hkdf), "HKDF context")
        defer { unsafe EVP_KDF_CTX_free(context) }
        var digest = Array("SHA2-256".utf8CString)
        var info = Array(label.utf8)
        // RFC 5869 §2.3: at most 255 blocks of the hash.
        return unsafe Secret(count: min(max(count, 1), 255 * 32)) { output in
            unsafe key.withBytes { key in
                unsafe digest.withUnsafeMutableBufferPointer { digest in
                    unsafe info.withUnsafeMutableBytes { info in
                        // libcrypto takes the key as mutable and does not change it.
                        let keyBytes = unsafe UnsafeMutableRawPointer(mutating: key.baseAddress)
                        var parameters = unsafe [
                            OSSL_PARAM.text(OSSL_PARAM.digest, digest.baseAddress),
                            .bytes(OSSL_PARAM.key, keyBytes, key.count),
                            .bytes(OSSL_PARAM.info, info.baseAddress, info.count),
                            .end,
                        ]
                        let start = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                        unsafe LibCrypto.require(EVP_KDF_derive(context, start, output.count, &parameters), "HKDF")
                    }
                }
            }
        }
    }
}
