/// Why a COSE key was refused.
package enum COSEKeyError: Error, Hashable, Sendable {
    /// Not a CBOR map.
    case malformed
    /// No `alg`, or one that is not in `COSEAlgorithmIdentifier`.
    case unsupportedAlgorithm
    /// `kty` or `crv` are not those of the algorithm.
    case mismatchedType
    /// A member is missing, has the wrong type or length, or does not belong here (WebAuthn §6.5.1).
    case invalidMembers
    /// RSA below 2048 or above 4096 bits, or an exponent that is even, below 2^16 or above 2^32.
    case unacceptableSize
    /// The point is not on the curve, or the modulus cannot be that of an RSA key.
    case notAKey
}
