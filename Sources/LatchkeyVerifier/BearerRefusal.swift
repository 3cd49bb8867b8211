/// What a request is answered whose token will not do, in the words of HTTP and of no framework. ``BearerRefusals`` makes it.
public struct BearerRefusal: Error, Hashable, Sendable {
    /// 400, 401, 403 or 503.
    public let status: Int
    /// A word for programs: `invalid_token`, `forbidden_scope`.
    public let code: String
    /// For people: the cause and the next step. It holds nothing private.
    public let message: String
    /// `WWW-Authenticate` (RFC 6750 §3); nil where no other token would help.
    public let challenge: String?
    /// `Retry-After`, in seconds; nil where waiting does not help.
    public let retryAfter: Int?
}

/// What an API tells those whose token will not do: RFC 6750 §3, RFC 9470 §3, RFC 9728 §5.1.
///
///     let refusals = BearerRefusals(resourceMetadata: "https://api.example.com/.well-known/oauth-protected-resource")
///     guard let header, let bearer = BearerHeader.token(of: header) else { return answer(refusals.tokenMissing) }
///     do {
///         let token = try await verifier.verify(bearer, at: now)
///         if let refusal = refusals.refusal(of: token, by: .scope("jobs:write"), at: now) { return answer(refusal) }
///     } catch {
///         return answer(refusals.refusal(for: error))
///     }
public struct BearerRefusals: Sendable {
    /// `, resource_metadata="…"`, or nothing.
    private let end: String

    /// - Parameter resourceMetadata: the URL at which the API tells where to get a token (RFC 9728 §3); nil: it has none.
    public init(resourceMetadata: String? = nil) {
        end = resourceMetadata.map { ", resource_metadata=\"\($0.errorDescription)\"" } ?? ""
    }

    /// For a request that says nothing at all of a token: no error code in the challenge (RFC 6750 §3.1).
    public var tokenMissing: BearerRefusal {
        BearerRefusal(
            status: 401, code: "invalid_token",
            message: "An access token is needed: send Authorization: Bearer <token>.",
            challenge: "Bearer realm=\"api\"" + end, retryAfter: nil)
    }

    /// For a request with two `Authorization` headers (RFC 6750 §3.1).
    public var severalCredentials: BearerRefusal {
        refusal(400, "invalid_request", "The request has more than one Authorization header. Send one.")
    }

    /// For a token that will not do; or an issuer that cannot be asked, which is no fault of the token: 503, for a client
    /// that is told 401 throws its token away.
    public func refusal(for failure: TokenVerifier.Failure) -> BearerRefusal {
        switch failure {
        case .malformed, .unacceptableAlgorithm, .notAnAccessToken, .unknownKey, .invalidSignature, .invalidClaim,
            .wrongIssuer, .wrongAudience, .expired, .notYetValid, .inactive, .apiTokensNotAccepted, .revoked:
            refusal(401, "invalid_token", failure.message)
        case .missingScope(let scope): refusal(missing: scope, of: [scope])
        case .keysUnavailable, .introspectionUnavailable, .revocationsUnavailable:
            BearerRefusal(
                status: 503, code: "temporarily_unavailable", message: failure.message, challenge: nil, retryAfter: 5)
        }
    }

    /// Why a good token does not meet what a route asks for; nil when it does. Scopes first: a token that lacks one is of
    /// no use however lately its person signed in.
    public func refusal(of token: VerifiedToken, by requirement: TokenRequirement, at now: Instant) -> BearerRefusal? {
        for scope in requirement.scopes where !token.has(scope) {
            return refusal(missing: scope, of: requirement.scopes)
        }
        guard let stepUp = requirement.stepUp, !stepUp.isMet(by: token, at: now) else { return nil }
        let message =
            switch token.kind {
            case .accessToken: "This takes a more recent or stronger sign-in. Sign in again, then repeat the call."
            case .apiToken: "This takes a person who has signed in. An API token cannot do it."
            }
        return refusal(401, "insufficient_user_authentication", message, stepUp.parameters)
    }

    /// - Parameter scopes: all that the route asks for (RFC 6750 §3).
    private func refusal(missing scope: String, of scopes: [String]) -> BearerRefusal {
        let message = TokenVerifier.Failure.missingScope(scope).message
        let needed = [(name: "scope", value: scopes.joined(separator: " "))]
        return BearerRefusal(
            status: 403, code: "forbidden_scope", message: message,
            challenge: challenge("insufficient_scope", message, needed), retryAfter: nil)
    }

    private func refusal(
        _ status: Int, _ code: String, _ message: String, _ parameters: [(name: String, value: String)] = []
    ) -> BearerRefusal {
        BearerRefusal(
            status: status, code: code, message: message, challenge: challenge(code, message, parameters),
            retryAfter: nil)
    }

    /// - Parameters:
    ///   - code: of RFC 6750 §3.1 or RFC 9470 §3.
    ///   - parameters: besides, in this order.
    private func challenge(
        _ code: String, _ description: String, _ parameters: [(name: String, value: String)]
    ) -> String {
        var text = "Bearer realm=\"api\", error=\"\(code)\", error_description=\"\(description.errorDescription)\""
        for (name, value) in parameters { text += ", \(name)=\"\(value.errorDescription)\"" }
        return text + end
    }
}

extension String {
    /// This text in the characters that RFC 6749 §5.2 and RFC 6750 §3 allow in `error_description`: it may name what was
    /// sent, or what a token says.
    package var errorDescription: String {
        let plain = unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar {
            case "\"", "\\": "'"
            case " "..."~": scalar
            default: "?"
            }
        }
        return String(String.UnicodeScalarView(plain.prefix(400)))
    }
}
