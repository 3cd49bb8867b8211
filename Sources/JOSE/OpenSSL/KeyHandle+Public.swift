import COpenSSL

// Public keys, into libcrypto and out of it.

extension KeyHandle {
    /// A public key, its point checked to be on the curve, its modulus to be a possible one.
    convenience init(_ material: JSONWebKey.Material) throws(KeyError) {
        switch material {
        case .p256(let x, let y): try self.init(point: [0x04] + x + y)
        case .ed25519(let x):
            guard let key = unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, x, x.count) else {
                throw .notAKey
            }
            unsafe self.init(taking: key)
        case .rsa(let modulus, let exponent): try self.init(modulus: modulus, exponent: exponent)
        }
        guard unsafe Self.isValidPublicKey(pointer) else {
            ERR_clear_error()
            throw .notAKey
        }
    }

    private convenience init(point: [UInt8]) throws(KeyError) {
        var point = point
        var group = Array("prime256v1".utf8CString)
        let key = unsafe group.withUnsafeMutableBufferPointer { group in
            unsafe point.withUnsafeMutableBytes { point in
                var parameters = unsafe [
                    OSSL_PARAM.text(OSSL_PARAM.group, group.baseAddress),
                    .bytes(OSSL_PARAM.publicKey, point.baseAddress, point.count),
                    .end,
                ]
                return unsafe Self.publicKey("EC", &parameters)
            }
        }
        guard let key = unsafe key else { throw .notAKey }
        unsafe self.init(taking: key)
    }

    private convenience init(modulus: [UInt8], exponent: [UInt8]) throws(KeyError) {
        // An even modulus is no product of two primes; an exponent of 1 signs everything; above 64 bits nobody has one.
        guard modulus.count <= 1024, (modulus.last ?? 0) & 1 == 1, exponent.count <= 8,
            (exponent.last ?? 0) & 1 == 1, exponent != [1]
        else { throw .notAKey }
        var modulus = Array(modulus.reversed())
        var exponent = Array(exponent.reversed())
        let key = unsafe modulus.withUnsafeMutableBufferPointer { modulus in
            unsafe exponent.withUnsafeMutableBufferPointer { exponent in
                var parameters = unsafe [
                    OSSL_PARAM.number(OSSL_PARAM.modulus, modulus.baseAddress, modulus.count),
                    .number(OSSL_PARAM.exponent, exponent.baseAddress, exponent.count),
                    .end,
                ]
                return unsafe Self.publicKey("RSA", &parameters)
            }
        }
        guard let key = unsafe key else { throw .notAKey }
        unsafe self.init(taking: key)
    }

    private static func publicKey(_ type: String, _ parameters: inout [OSSL_PARAM]) -> OpaquePointer? {
        let context = unsafe LibCrypto.required(EVP_PKEY_CTX_new_from_name(nil, type, nil), "key context")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        let selection = OSSL_KEYMGMT_SELECT_ALL_PARAMETERS | OSSL_KEYMGMT_SELECT_PUBLIC_KEY
        guard unsafe EVP_PKEY_fromdata_init(context) == 1,
            unsafe EVP_PKEY_fromdata(context, &key, selection, &parameters) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return unsafe key
    }

    private static func isValidPublicKey(_ key: OpaquePointer) -> Bool {
        let context = unsafe LibCrypto.required(EVP_PKEY_CTX_new_from_pkey(nil, key, nil), "key context")
        defer { unsafe EVP_PKEY_CTX_free(context) }
        return unsafe EVP_PKEY_public_check(context) == 1
    }

    /// The public half, once `check(for:)` has passed.
    func publicMaterial(for algorithm: SignatureAlgorithm) throws(KeyError) -> JSONWebKey.Material {
        try check(for: algorithm)
        switch algorithm {
        case .es256: return .p256(x: try number("qx", count: 32), y: try number("qy", count: 32))
        case .edDSA:
            var count = 32
            var bytes = [UInt8](repeating: 0, count: count)
            guard unsafe EVP_PKEY_get_raw_public_key(pointer, &bytes, &count) == 1, count == 32 else {
                throw .notAKey
            }
            return .ed25519(x: bytes)
        case .rs256, .ps256: return .rsa(modulus: try number("n"), exponent: try number("e"))
        case .hs256: throw .algorithmMismatch
        }
    }

    /// A number of the key, big-endian, in `count` bytes or in as few as it takes.
    private func number(_ name: String, count: Int? = nil) throws(KeyError) -> [UInt8] {
        var number: OpaquePointer?
        guard unsafe EVP_PKEY_get_bn_param(pointer, name, &number) == 1 else {
            ERR_clear_error()
            throw .notAKey
        }
        defer { unsafe BN_free(number) }
        let count = unsafe count ?? Int((BN_num_bits(number) + 7) / 8)
        var bytes = [UInt8](repeating: 0, count: count)
        guard unsafe BN_bn2binpad(number, &bytes, Int32(count)) == count else { throw .notAKey }
        return bytes
    }
}
