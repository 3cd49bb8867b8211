public import JOSE

extension TokenVerifier {
    /// Why a token was refused. The cases are all there are; what each means to a caller is below, in one place.
    public enum Failure: Error, Hashable, Sendable {
        /// Not a strictly well-formed JWT of at most 16 KiB, or its header asks for what is not done here.
        case malformed
        /// `alg` is not one of the algorithms the verifier was made with.
        case unacceptableAlgorithm
        /// `typ` is not `at+jwt`: an ID token, say.
        case notAnAccessToken
        /// No key of the issuer has the token's `kid`, or it has none.
        case unknownKey
        /// The issuer's keys could not be fetched, and there are none young enough to go on with.
        case keysUnavailable
        /// The signature is not the key's.
        case invalidSignature
        /// This claim is missing, or has another type than RFC 9068 gives it.
        case invalidClaim(String)
        /// `iss` is not the issuer the verifier was made for.
        case wrongIssuer
        /// `aud` does not contain the audience the verifier was made for.
        case wrongAudience
        /// `exp` has passed.
        case expired(Instant)
        /// `nbf` or `iat` is still ahead.
        case notYetValid(Instant)
        /// The issuer knows no such API token, or it has expired or was revoked.
        case inactive
        /// An API token, but the verifier was made without an `introspection`.
        case apiTokensNotAccepted
        /// The issuer could not be asked about an API token, or gave no proper answer. It says nothing about the token,
        /// so it must reach the caller as 503 and never as 401.
        case introspectionUnavailable
        /// The login behind the token was ended, before the token expired.
        case revoked
        /// The issuer's revocations have not been heard for longer than the policy allows.
        case revocationsUnavailable
        /// The token is good, and was not granted this scope.
        case missingScope(String)
    }
}

extension TokenVerifier.Failure: CustomStringConvertible {
    /// The message for the caller: what is wrong and what to do. It holds nothing private.
    public var message: String {
        switch self {
        case .malformed: "This is not a well-formed access token. Send the token exactly as it was issued."
        case .unacceptableAlgorithm:
            "This token is signed with an algorithm that is not accepted here. Send one that this API's issuer made."
        case .notAnAccessToken: "This is not an access token. Send the access token, not the ID token or another."
        case .unknownKey: "This token is signed with a key that its issuer does not publish. Sign in again."
        case .keysUnavailable: "The issuer's keys cannot be fetched at the moment. Try again in a few seconds."
        case .invalidSignature: "The signature of this token is not valid. Send the token exactly as it was issued."
        case .invalidClaim(let name): "The claim \(name) of this token is missing or malformed. Sign in again."
        case .wrongIssuer: "This token was made by another issuer. Sign in with the issuer of this API."
        case .wrongAudience: "This token was made for another API. Ask for one whose resource is this API."
        case .expired(let time): "This token expired at \(time.iso8601). Refresh it or sign in again."
        case .notYetValid(let time): "This token is valid from \(time.iso8601). Check the clock, then try again."
        case .inactive: "This API token is unknown, has expired or was revoked. Check that it was copied in full."
        case .apiTokensNotAccepted: "API tokens are not accepted here. Exchange it for an access token of this API."
        case .introspectionUnavailable:
            "API tokens cannot be checked at the moment. Try again in a few seconds."
        case .revoked: "This token was revoked. Sign in again."
        case .revocationsUnavailable:
            "Whether this token was revoked cannot be found out at the moment. Try again in a few seconds."
        case .missingScope(let scope): "This token is missing the required scope: \(scope)."
        }
    }

    /// The `error` of RFC 6750 §3.1, or `temporarily_unavailable` when the fault is not the token's.
    public var code: String {
        switch self {
        case .missingScope: "insufficient_scope"
        case .keysUnavailable, .introspectionUnavailable, .revocationsUnavailable: "temporarily_unavailable"
        default: "invalid_token"
        }
    }

    /// The HTTP status: 401, 403 for a missing scope, 503 when the issuer cannot be asked.
    public var status: Int {
        switch self {
        case .missingScope: 403
        case .keysUnavailable, .introspectionUnavailable, .revocationsUnavailable: 503
        default: 401
        }
    }

    /// The same as `message`.
    public var description: String { message }
}
