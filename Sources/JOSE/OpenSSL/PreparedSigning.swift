import COpenSSL

/// A private key with its contexts ready. What is left for each signature is a hash and the signature itself.
struct PreparedSigning: Sendable {
    private let algorithm: SignatureAlgorithm
    private let contexts: ContextPool
    private let maximumCount: Int

    init(_ key: KeyHandle, _ algorithm: SignatureAlgorithm) throws(KeyError) {
        try key.check(for: algorithm)
        self.algorithm = algorithm
        maximumCount = unsafe Int(EVP_PKEY_get_size(key.pointer))
        contexts = try ContextPool(key, algorithm, for: .signing)
    }

    func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        let made = algorithm == .edDSA ? signMessage(message) : signDigest(SHA256.hash(message))
        guard let made else {
            ERR_clear_error()
            throw .signingFailed
        }
        guard algorithm == .es256 else { return made }
        guard let raw = ECDSASignature.raw(fromDER: made[...]) else { throw .signingFailed }
        return raw
    }

    private func signDigest(_ digest: [UInt8]) -> [UInt8]? {
        var count = maximumCount
        var signature = [UInt8](repeating: 0, count: count)
        let done = unsafe contexts.withContext { context in
            unsafe EVP_PKEY_sign(context, &signature, &count, digest, digest.count)
        }
        return done == 1 ? Array(signature[..<count]) : nil
    }

    /// Ed25519 hashes twice, so it takes the message itself. The context is begun anew each time, with the key it has.
    private func signMessage(_ message: [UInt8]) -> [UInt8]? {
        var count = maximumCount
        var signature = [UInt8](repeating: 0, count: count)
        let done = unsafe contexts.withContext { context in
            unsafe EVP_DigestSignInit_ex(context, nil, nil, nil, nil, nil, nil) == 1
                && EVP_DigestSign(context, &signature, &count, message, message.count) == 1
        }
        return done ? Array(signature[..<count]) : nil
    }
}
