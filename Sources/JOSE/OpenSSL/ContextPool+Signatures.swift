import COpenSSL

extension ContextPool {
    enum Operation {
        case signing, verifying
    }

    /// Contexts for one key and one operation, fully set up: the fetch of the algorithm, the padding and the digest
    /// are behind us when the first signature comes.
    convenience init(_ key: KeyHandle, _ algorithm: SignatureAlgorithm, for operation: Operation) throws(KeyError) {
        if algorithm == .edDSA {
            try self.init(messageContextFor: key, operation)
        } else {
            try self.init(digestContextFor: key, algorithm, operation)
        }
    }

    private convenience init(
        digestContextFor key: KeyHandle, _ algorithm: SignatureAlgorithm, _ operation: Operation
    ) throws(KeyError) {
        let context = unsafe LibCrypto.required(EVP_PKEY_CTX_new_from_pkey(nil, key.pointer, nil), "key context")
        unsafe self.init(
            original: context, copy: { unsafe EVP_PKEY_CTX_dup($0) }, free: { unsafe EVP_PKEY_CTX_free($0) })
        let begun = unsafe operation == .signing ? EVP_PKEY_sign_init(context) : EVP_PKEY_verify_init(context)
        guard begun == 1, unsafe Self.setUp(context, for: algorithm) else {
            ERR_clear_error()
            throw .notAKey
        }
    }

    private static func setUp(_ context: OpaquePointer, for algorithm: SignatureAlgorithm) -> Bool {
        switch algorithm {
        case .rs256:
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1
                && EVP_PKEY_CTX_set_signature_md(context, LibCrypto.sha256) == 1
        case .ps256:
            // RFC 7518 §3.5: the salt is as long as the digest, and MGF1 uses the same hash, which is the default.
            unsafe EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1
                && EVP_PKEY_CTX_set_signature_md(context, LibCrypto.sha256) == 1
                && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1
        case .es256: unsafe EVP_PKEY_CTX_set_signature_md(context, LibCrypto.sha256) == 1
        case .edDSA, .hs256: false
        }
    }

    private convenience init(messageContextFor key: KeyHandle, _ operation: Operation) throws(KeyError) {
        let context = unsafe LibCrypto.required(EVP_MD_CTX_new(), "digest context")
        unsafe self.init(original: context, copy: Self.copyMessageContext, free: { unsafe EVP_MD_CTX_free($0) })
        let begun =
            unsafe operation == .signing
            ? EVP_DigestSignInit_ex(context, nil, nil, nil, nil, key.pointer, nil)
            : EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, key.pointer, nil)
        guard begun == 1 else {
            ERR_clear_error()
            throw .notAKey
        }
    }

    private static let copyMessageContext: @Sendable (OpaquePointer) -> OpaquePointer? = { original in
        guard let copy = unsafe EVP_MD_CTX_new() else { return nil }
        guard unsafe EVP_MD_CTX_copy_ex(copy, original) == 1 else {
            unsafe EVP_MD_CTX_free(copy)
            return nil
        }
        return unsafe copy
    }
}
