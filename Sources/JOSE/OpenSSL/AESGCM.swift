import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) for wrapping keys at rest. A sealed box is nonce (12 bytes) ‖ ciphertext ‖ tag (16).
///
/// Nonces are random: one key may seal 2^32 boxes before two of them are likely to meet.
public struct AESGCM: Sendable {
    private let key: Secret
    private static let nonceCount = 12
    private static let tagCount = 16

    /// A cipher under a key of 32 bytes. A key of another length is a fault of the program and ends it.
    public init(key: Secret) {
        precondition(key.count == 32, "AES-256-GCM takes a key of 32 bytes")
        self.key = key
    }

    /// Encrypts `plaintext`, and binds it to `authenticating`, which is not in the box and must be given to `open`.
    public func seal(_ plaintext: Secret, authenticating: [UInt8], random: RandomSource) -> [UInt8] {
        let nonce = random.bytes(Self.nonceCount)
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count)
        var tag = [UInt8](repeating: 0, count: Self.tagCount)
        let sealed = unsafe withContext(nonce: nonce, encrypting: true) { context in
            var written: Int32 = 0
            let done = unsafe plaintext.withBytes { plaintext in
                let start = unsafe plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self)
                return unsafe authenticate(authenticating, in: context)
                    && EVP_EncryptUpdate(context, &ciphertext, &written, start, Int32(plaintext.count)) == 1
            }
            var none: UInt8 = 0
            return unsafe done && EVP_EncryptFinal_ex(context, &none, &written) == 1
                && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagCount), &tag) == 1
        }
        LibCrypto.require(sealed ? 1 : 0, "AES-256-GCM")
        return nonce + ciphertext + tag
    }

    /// What `seal` was given, or `nil` when the box, the key or `authenticating` is not the same to the last bit.
    public func open(_ sealed: [UInt8], authenticating: [UInt8]) -> Secret? {
        guard sealed.count >= Self.nonceCount + Self.tagCount, sealed.count <= Int32.max else { return nil }
        let nonce = Array(sealed.prefix(Self.nonceCount))
        var tag = Array(sealed.suffix(Self.tagCount))
        let ciphertext = Array(sealed.dropFirst(Self.nonceCount).dropLast(Self.tagCount))
        var opened = false
        let plaintext = unsafe Secret(count: ciphertext.count) { plaintext in
            let start = unsafe plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self)
            opened = unsafe withContext(nonce: nonce, encrypting: false) { context in
                var written: Int32 = 0
                var none: UInt8 = 0
                return unsafe authenticate(authenticating, in: context)
                    && EVP_DecryptUpdate(context, start, &written, ciphertext, Int32(ciphertext.count)) == 1
                    && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagCount), &tag) == 1
                    && EVP_DecryptFinal_ex(context, &none, &written) == 1
            }
        }
        return opened ? plaintext : nil
    }

    private func withContext(nonce: [UInt8], encrypting: Bool, _ body: (OpaquePointer) -> Bool) -> Bool {
        let context = unsafe LibCrypto.required(EVP_CIPHER_CTX_new(), "cipher context")
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let ready = unsafe key.withBytes { key in
            let start = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe EVP_CipherInit_ex2(context, LibCrypto.aes256GCM, start, nonce, encrypting ? 1 : 0, nil)
        }
        return unsafe ready == 1 && body(context)
    }

    private func authenticate(_ bytes: [UInt8], in context: OpaquePointer) -> Bool {
        guard bytes.count <= Int32.max else { return false }
        var written: Int32 = 0
        return unsafe EVP_CipherUpdate(context, nil, &written, bytes, Int32(bytes.count)) == 1
    }
}
