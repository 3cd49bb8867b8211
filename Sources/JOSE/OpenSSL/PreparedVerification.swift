import COpenSSL

/// A public key with its contexts ready.
struct PreparedVerification: Sendable {
    private let algorithm: SignatureAlgorithm
    private let contexts: ContextPool
    private let signatureCount: Int
    /// Of an ES256 key that is used much.
    private let table: PreparedTable?

    /// - Parameter makesTable: false for one that is always libcrypto's own.
    init(_ key: KeyHandle, _ algorithm: SignatureAlgorithm, makesTable: Bool = true) throws(KeyError) {
        try key.check(for: algorithm)
        self.algorithm = algorithm
        signatureCount = unsafe algorithm == .es256 ? 64 : Int(EVP_PKEY_get_size(key.pointer))
        contexts = try ContextPool(key, algorithm, for: .verifying)
        table = algorithm == .es256 && makesTable ? PreparedTable(key) : nil
    }

    /// Whether it verifies with a table by now.
    var hasTable: Bool { table?.isReady ?? false }

    func isValid(_ signature: [UInt8], for message: ArraySlice<UInt8>) -> Bool {
        // One length only: libcrypto would take an RSA signature with its leading zeros missing.
        guard signature.count == signatureCount else { return false }
        let valid: Bool
        switch algorithm {
        case .es256:
            if let table = table?.table { return table.isValid(signature, forDigest: SHA256.hash(message)) }
            guard let der = ECDSASignature.der(fromRaw: signature) else { return false }
            valid = verifyDigest(of: message, der)
        case .rs256, .ps256: valid = verifyDigest(of: message, signature)
        case .edDSA: valid = verifyMessage(message, signature)
        case .hs256: valid = false
        }
        // What libcrypto notes about a bad signature must not be read later as the cause of something else.
        if !valid { ERR_clear_error() }
        return valid
    }

    private func verifyDigest(of message: ArraySlice<UInt8>, _ signature: [UInt8]) -> Bool {
        let digest = SHA256.hash(message)
        return unsafe contexts.withContext { context in
            unsafe EVP_PKEY_verify(context, signature, signature.count, digest, digest.count) == 1
        }
    }

    private func verifyMessage(_ message: ArraySlice<UInt8>, _ signature: [UInt8]) -> Bool {
        unsafe message.withUnsafeBufferPointer { message in
            unsafe contexts.withContext { context in
                unsafe EVP_DigestVerifyInit_ex(context, nil, nil, nil, nil, nil, nil) == 1
                    && EVP_DigestVerify(context, signature, signature.count, message.baseAddress, message.count) == 1
            }
        }
    }
}
