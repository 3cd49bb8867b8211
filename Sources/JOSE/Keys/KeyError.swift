/// Why a key was refused.
public enum KeyError: Error, Hashable, Sendable {
    /// Not a JSON object, or not a key set.
    case malformed
    /// A member is missing, has the wrong type or an impossible value.
    case invalidMember(String)
    /// A `kty`, `crv` or `alg` that is not spoken here.
    case unsupported(String)
    /// A private or secret member where only public ones belong: whoever published it gave the key away.
    case containsSecret(String)
    /// `use` or `key_ops` say that the key is not for verifying signatures.
    case notForSignatures
    /// The algorithm does not take keys of this type, or the key names another algorithm.
    case algorithmMismatch
    /// The point is not on the curve, or the modulus or exponent cannot be those of an RSA key.
    case notAKey
    /// RSA below 2048 or above 8192 bits, or an HS256 secret below 256 bits (RFC 7518 §3.2, §3.3).
    case unacceptableSize(bits: Int)
    /// The bytes are not a PKCS#8 private key.
    case unreadable
    /// libcrypto would not sign with it.
    case signingFailed
}
