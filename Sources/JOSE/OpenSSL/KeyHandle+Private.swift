import COpenSSL

// Private keys: made, read from PKCS#8 and written to it.

extension KeyHandle {
    private static let rsaBits: Int32 = 3072

    /// A new key pair.
    convenience init(generating algorithm: SignatureAlgorithm) throws(KeyError) {
        let (type, group): (String, String?)
        switch algorithm {
        case .es256: (type, group) = ("EC", "P-256")
        case .edDSA: (type, group) = ("ED25519", nil)
        case .rs256, .ps256: (type, group) = ("RSA", nil)
        case .hs256: throw .algorithmMismatch
        }
        let context = unsafe LibCrypto.required(EVP_PKEY_CTX_new_from_name(nil, type, nil), "key context")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        unsafe LibCrypto.require(EVP_PKEY_keygen_init(context), "key generation")
        if let group { unsafe LibCrypto.require(EVP_PKEY_CTX_set_group_name(context, group), "curve") }
        if type == "RSA" {
            unsafe LibCrypto.require(EVP_PKEY_CTX_set_rsa_keygen_bits(context, Self.rsaBits), "RSA size")
        }
        var key: OpaquePointer?
        unsafe LibCrypto.require(EVP_PKEY_generate(context, &key), "key generation")
        unsafe self.init(taking: LibCrypto.required(key, "new key"))
    }

    /// Reads a PKCS#8 `PrivateKeyInfo` that is not encrypted, with nothing after it.
    convenience init(pkcs8 secret: Secret) throws(KeyError) {
        let key: OpaquePointer? = unsafe secret.withBytes { bytes in
            guard let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
            var position: UnsafePointer<UInt8>? = unsafe start
            guard let info = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &position, bytes.count) else { return nil }
            defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
            guard unsafe position == start + bytes.count else { return nil }
            return unsafe EVP_PKCS82PKEY_ex(info, nil, nil)
        }
        guard let key = unsafe key else {
            ERR_clear_error()
            throw .unreadable
        }
        unsafe self.init(taking: key)
    }

    /// Writes it as PKCS#8, straight into secret memory.
    func pkcs8() throws(KeyError) -> Secret {
        guard let info = unsafe EVP_PKEY2PKCS8(pointer) else {
            ERR_clear_error()
            throw .unreadable
        }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(info) }
        let count = unsafe Int(i2d_PKCS8_PRIV_KEY_INFO(info, nil))
        guard count > 0 else { throw .unreadable }
        return unsafe Secret(count: count) { destination in
            var position = unsafe destination.baseAddress?.assumingMemoryBound(to: UInt8.self)
            _ = unsafe i2d_PKCS8_PRIV_KEY_INFO(info, &position)
        }
    }
}
