/// Why a token was refused before its claims were looked at.
public enum TokenError: Error, Hashable, Sendable {
    /// Longer than `UnverifiedToken.maximumLength`.
    case tooLong
    /// Not three parts of strict base64url.
    case malformed
    /// The header is not a strict JSON object, or a member has the wrong type.
    case invalidHeader
    /// `alg` is not in the table of `SignatureAlgorithm`; `none` never is.
    case unknownAlgorithm
    /// A header member that asks for what is not done here: `crit`, `b64`, or a key that comes with the token.
    case refusedHeaderMember(String)
    /// The token names another algorithm or another key than the one it was held against.
    case wrongKey
    /// The signature is not the key's.
    case invalidSignature
    /// The payload is signed, but is not a strict JSON object.
    case invalidClaims
}
