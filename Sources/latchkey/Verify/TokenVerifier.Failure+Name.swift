import JOSE
import LatchkeyVerifier

extension TokenVerifier.Failure {
    /// The `code` of `latchkey verify --json`.
    var name: String {
        switch self {
        case .malformed: "malformed"
        case .unacceptableAlgorithm: "unacceptable_algorithm"
        case .notAnAccessToken: "not_an_access_token"
        case .unknownKey: "unknown_key"
        case .keysUnavailable: "keys_unavailable"
        case .invalidSignature: "invalid_signature"
        case .invalidClaim: "invalid_claim"
        case .wrongIssuer: "wrong_issuer"
        case .wrongAudience: "wrong_audience"
        case .expired: "expired"
        case .notYetValid: "not_yet_valid"
        case .inactive: "inactive"
        case .apiTokensNotAccepted: "api_tokens_not_accepted"
        case .introspectionUnavailable: "introspection_unavailable"
        case .revoked: "revoked"
        case .revocationsUnavailable: "revocations_unavailable"
        case .missingScope: "missing_scope"
        }
    }
}

extension String {
    /// What a token says its issuer is, before anything is checked. Good for nothing but to hold the verified token
    /// against, when the keys alone decide whom to trust.
    var statedIssuer: String {
        let parts = split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(parts[1].utf8),
            let claims = try? JSONValue.parse(payload)
        else { return "" }
        return claims.object?["iss"]?.string ?? ""
    }
}
