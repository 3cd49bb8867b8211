package import JOSE

/// The signature algorithms of COSE (RFC 9053 §2, RFC 8812 §2) that a credential may have, by their registered numbers.
/// What is not in this table does not exist here.
package enum COSEAlgorithmIdentifier: Int64, Sendable, CaseIterable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = -7
    /// Ed25519 (with `crv` Ed25519, as WebAuthn §5.8.5 narrows it).
    case edDSA = -8
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = -257

    /// The same algorithm in JOSE.
    package var signatureAlgorithm: SignatureAlgorithm {
        switch self {
        case .es256: .es256
        case .edDSA: .edDSA
        case .rs256: .rs256
        }
    }
}
