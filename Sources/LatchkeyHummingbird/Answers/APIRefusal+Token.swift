import HTTPTypes
import Hummingbird
import LatchkeyVerifier

// What the verifier's refusals, and those of requirements, mean on the wire. The one place where that is decided.

extension APIRefusal {
    /// A token that will not do; or an issuer that cannot be asked, which is no fault of the token: 503, for a client
    /// that is told 401 throws its token away.
    init(_ failure: TokenVerifier.Failure, _ challenges: Challenges) {
        switch failure {
        case .malformed, .unacceptableAlgorithm, .notAnAccessToken, .unknownKey, .invalidSignature, .invalidClaim,
            .wrongIssuer, .wrongAudience, .expired, .notYetValid, .inactive, .apiTokensNotAccepted, .revoked:
            self.init(
                .unauthorized, "invalid_token", failure.message,
                headers: [.wwwAuthenticate: challenges.error("invalid_token", failure.message)])
        case .missingScope(let scope):
            self.init(missing: scope, of: [scope], challenges)
        case .keysUnavailable, .introspectionUnavailable, .revocationsUnavailable:
            self.init(
                .serviceUnavailable, "temporarily_unavailable", failure.message, headers: [.retryAfter: "5"])
        }
    }

    /// - Parameter scopes: all that the route asks for (RFC 6750 §3).
    init(missing scope: String, of scopes: [String], _ challenges: Challenges) {
        let message = TokenVerifier.Failure.missingScope(scope).message
        let challenge = challenges.error(
            "insufficient_scope", message, [("scope", scopes.joined(separator: " "))])
        self.init(.forbidden, "forbidden_scope", message, headers: [.wwwAuthenticate: challenge])
    }

    /// RFC 9470 §3.
    init(_ stepUp: StepUp, _ kind: VerifiedToken.Kind, _ challenges: Challenges) {
        let code = "insufficient_user_authentication"
        let message =
            switch kind {
            case .accessToken: "This takes a more recent or stronger sign-in. Sign in again, then repeat the call."
            case .apiToken: "This takes a person who has signed in. An API token cannot do it."
            }
        let challenge = challenges.error(code, message, stepUp.parameters)
        self.init(.unauthorized, code, message, headers: [.wwwAuthenticate: challenge])
    }

    /// RFC 6750 §3: no error in the header when the request says nothing at all of a token.
    static func tokenMissing(_ challenges: Challenges) -> APIRefusal {
        APIRefusal(
            .unauthorized, "invalid_token", "An access token is needed: send Authorization: Bearer <token>.",
            headers: [.wwwAuthenticate: challenges.missing])
    }

    /// RFC 6750 §3.1.
    static func severalCredentials(_ challenges: Challenges) -> APIRefusal {
        let message = "The request has more than one Authorization header. Send one."
        return APIRefusal(
            .badRequest, "invalid_request", message,
            headers: [.wwwAuthenticate: challenges.error("invalid_request", message)])
    }
}
