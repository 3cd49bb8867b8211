import COpenSSL

/// The algorithms of libcrypto that this module uses, fetched once: an implicit fetch at each use costs 250 ns.
///
/// They are immutable, shared by all threads, and never freed.
enum LibCrypto {
    nonisolated(unsafe) static let sha256 = unsafe required(EVP_MD_fetch(nil, "SHA2-256", nil), "SHA-256")
    nonisolated(unsafe) static let hmac = unsafe required(EVP_MAC_fetch(nil, "HMAC", nil), "HMAC")
    nonisolated(unsafe) static let hkdf = unsafe required(EVP_KDF_fetch(nil, "HKDF", nil), "HKDF")
    nonisolated(unsafe) static let aes256GCM = unsafe required(
        EVP_CIPHER_fetch(nil, "AES-256-GCM", nil), "AES-256-GCM")

    /// Unwraps what libcrypto answers with null only when it is out of memory or wrongly installed. There is no safe
    /// way to go on without it, and no input leads here.
    static func required<T>(_ pointer: T?, _ what: StaticString) -> T {
        guard let pointer else { fatalError("libcrypto offers no \(what): check the OpenSSL installation") }
        return pointer
    }

    /// The same, for calls that answer 1 unless memory is exhausted or the installation is broken.
    static func require(_ result: Int32, _ what: StaticString) {
        guard result == 1 else { fatalError("libcrypto failed: \(what)") }
    }
}
