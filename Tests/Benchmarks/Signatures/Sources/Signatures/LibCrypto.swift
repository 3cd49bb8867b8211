import COpenSSL

/// One key of libcrypto with nothing around it: contexts made once, DER signatures over a digest given. What no library
/// on top of libcrypto can beat.
final class LibCrypto {
    private let signing: OpaquePointer
    private let verifying: OpaquePointer
    private let sha256: OpaquePointer

    init?() {
        guard let key = Self.generate(), let sha256 = EVP_MD_fetch(nil, "SHA256", nil),
            let signing = EVP_PKEY_CTX_new_from_pkey(nil, key, nil), EVP_PKEY_sign_init(signing) == 1,
            let verifying = EVP_PKEY_CTX_new_from_pkey(nil, key, nil), EVP_PKEY_verify_init(verifying) == 1
        else { return nil }
        (self.signing, self.verifying, self.sha256) = (signing, verifying, sha256)
        EVP_PKEY_free(key)
    }

    private static func generate() -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, "EC", nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard EVP_PKEY_keygen_init(context) == 1, EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            EVP_PKEY_generate(context, &key) == 1
        else { return nil }
        return key
    }

    deinit {
        EVP_PKEY_CTX_free(signing)
        EVP_PKEY_CTX_free(verifying)
        EVP_MD_free(sha256)
    }

    func hash(_ message: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        EVP_Digest(message, message.count, &digest, nil, sha256, nil)
        return digest
    }

    func sign(_ message: [UInt8]) -> [UInt8] {
        let digest = hash(message)
        var signature = [UInt8](repeating: 0, count: 80)
        var count = signature.count
        guard EVP_PKEY_sign(signing, &signature, &count, digest, digest.count) == 1 else { return [] }
        return Array(signature[..<count])
    }

    func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        let digest = hash(message)
        return EVP_PKEY_verify(verifying, signature, signature.count, digest, digest.count) == 1
    }
}
