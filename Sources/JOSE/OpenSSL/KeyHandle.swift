import COpenSSL

/// An `EVP_PKEY`: immutable once made, freed with the last reference.
@safe
final class KeyHandle: @unchecked Sendable {
    // Sendable because libcrypto only reads it, and counts its references atomically.
    let pointer: OpaquePointer

    init(taking pointer: OpaquePointer) {
        unsafe self.pointer = unsafe pointer
    }

    deinit {
        unsafe EVP_PKEY_free(pointer)
    }

    /// Whether it is a key of the kind that `algorithm` takes, of acceptable size and curve.
    func check(for algorithm: SignatureAlgorithm) throws(KeyError) {
        switch algorithm {
        case .es256:
            guard unsafe EVP_PKEY_is_a(pointer, "EC") == 1, groupName() == "prime256v1" else {
                throw .algorithmMismatch
            }
        case .edDSA:
            guard unsafe EVP_PKEY_is_a(pointer, "ED25519") == 1 else { throw .algorithmMismatch }
        case .rs256, .ps256:
            guard unsafe EVP_PKEY_is_a(pointer, "RSA") == 1 else { throw .algorithmMismatch }
            let bits = unsafe Int(EVP_PKEY_get_bits(pointer))
            // Below 2048 RFC 7518 §3.3 forbids it; above 8192 each check of a forged token costs milliseconds.
            guard (2048...8192).contains(bits) else { throw .unacceptableSize(bits: bits) }
        case .hs256: throw .algorithmMismatch
        }
    }

    private func groupName() -> String? {
        var name = [UInt8](repeating: 0, count: 64)
        var count = 0
        let found = unsafe name.withUnsafeMutableBytes { name in
            let start = unsafe name.baseAddress?.assumingMemoryBound(to: CChar.self)
            return unsafe EVP_PKEY_get_group_name(pointer, start, name.count, &count)
        }
        guard found == 1, count <= name.count else { return nil }
        return String(decoding: name[..<count], as: UTF8.self)
    }
}
