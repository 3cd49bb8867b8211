/// The signature algorithms of RFC 7518 §3.1 and RFC 8037 §3.1 that are spoken here. The name in a token is looked up
/// in this table and nowhere else: `none`, `None` and everything else unknown end at the lookup.
public enum SignatureAlgorithm: String, Sendable, CaseIterable {
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// Ed25519.
    case edDSA = "EdDSA"
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    case rs256 = "RS256"
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes.
    case ps256 = "PS256"
    /// HMAC with SHA-256. Takes a `SharedKey` and never a public key.
    case hs256 = "HS256"

    /// The `kty` of the keys it takes.
    var keyType: String {
        switch self {
        case .es256: "EC"
        case .edDSA: "OKP"
        case .rs256, .ps256: "RSA"
        case .hs256: "oct"
        }
    }
}
