import HTTPTypes
import Identity
import JOSE

// What each refusal of API tokens means on the wire. Every switch is exhaustive.

extension Refusal {
    init(_ refusal: APITokenRefusal) {
        self =
            switch refusal {
            case .unknown: .notFound
            case .notAllowed(let action): Refusal(OrganizationRefusal.notAllowed(action))
            case .planWithoutTokens(let plan):
                .planRequired(
                    "The plan \(plan.rawValue) of this organization has no API tokens. Ask whoever runs this server for "
                        + "another plan.")
            case .planWithoutCustomScopes(let plan):
                .planRequired(
                    "The plan \(plan.rawValue) of this organization has no choice of scopes: ask for full or read_only, "
                        + "or whoever runs this server for another plan."
                )
            case .scopeUnknown(let scope):
                Refusal(
                    .badRequest, "invalid_scope",
                    "There is no scope \(scope). GET /api/v1/scopes lists those that there are.")
            case .scopeNotHeld(let scope): .forbiddenScope(scope)
            case .noScopes:
                Refusal(
                    .badRequest, "invalid_scope",
                    "There is no scope that this token could be given. Log in with some, or declare a resource server.")
            case .tooMany:
                .limitReached(
                    "This organization has \(APIToken.maximumCount) API tokens, which is as many as it may. Revoke some."
                )
            // Who asks for a token or for a new secret is told how and where by the gate; this is for all others.
            case .stepUpRequired:
                Refusal(.forbidden, "step_up_required", "This takes a second factor of the last five minutes.")
            case .revoked: Refusal(.conflict, "token_revoked", "This API token was revoked. Make a new one.")
            case .expired: Refusal(.conflict, "token_expired", "This API token has expired. Make a new one.")
            case .overlapTooLong:
                .invalidRequest(
                    "overlap is a number of seconds from 0 to \(APIToken.maximumOverlap.components.seconds).")
            case .overlapRunning(let end):
                Refusal(
                    .conflict, "overlap_running",
                    "Two secrets of this API token work until \(end.iso8601). Rotate with an overlap after that, or now "
                        + "with overlap 0, which ends both at once.")
            }
    }

    /// The same on a page, in the words of its form.
    static func onPage(_ refusal: APITokenRefusal) -> Refusal {
        let told = Refusal(refusal)
        guard case .overlapRunning(let end) = refusal else { return told }
        return Refusal(
            told.status, told.code,
            "Two secrets of this API token work until \(end.moment["text"] ?? end.iso8601). Wait until then, or let both "
                + "end at once.")
    }

    /// An API token that was presented. Only who has shown a right secret is told what became of it.
    init(_ refusal: APITokenUseRefusal) {
        self =
            switch refusal {
            case .unknown:
                .invalidToken(
                    "This is no API token of this server, or its secret was replaced. Check that it was copied in full, "
                        + "and that it is the newest.")
            case .rotated: .invalidToken("This API token was rotated: use its new secret.")
            case .revoked: .invalidToken("This API token was revoked.")
            case .expired: .invalidToken("This API token has expired.")
            case .suspended: .invalidToken("The plan of this organization has no API tokens.")
            }
    }

    init(_ refusal: TokenExchangeRefusal, at now: Instant) {
        self =
            switch refusal {
            // RFC 8693 §2.2.2: whatever is wrong with the subject token has this code.
            case .token(let refusal): .invalidRequest(Refusal(refusal).message)
            case .quotaExceeded(let plan, let quota): .quotaExceeded(plan, quota, at: now)
            case .audienceUnknown: Refusal(ScopeRefusal.audienceUnknown)
            case .scopeNotGranted(let scope):
                Refusal(.badRequest, "invalid_scope", "This API token was not given the scope \(scope).")
            case .noScopes:
                Refusal(.badRequest, "invalid_target", "This API token has no scope of that resource server.")
            }
    }

    /// Not the limit of a minute: waiting for a moment does not help.
    static func quotaExceeded(_ plan: Organization.Plan, _ quota: APITokenQuota, at now: Instant) -> Refusal {
        let seconds = max(1, quota.period.end.seconds - now.seconds)
        return Refusal(
            .tooManyRequests, "quota_exceeded",
            "The \(quota.limit ?? 0) calls with API tokens that the plan \(plan.rawValue) of this organization has in a "
                + "billing period are used up. The next one begins at \(quota.period.end.iso8601).",
            headers: [.retryAfter: String(seconds)])
    }

    private static func planRequired(_ message: String) -> Refusal {
        Refusal(.forbidden, "plan_required", message)
    }

    /// RFC 6750 §3.1, and the words of seed 000.
    static func forbiddenScope(_ scope: String) -> Refusal {
        Refusal(
            .forbidden, "forbidden_scope", "This token is missing the required scope: \(scope).",
            headers: [
                .wwwAuthenticate: "Bearer realm=\"latchkey\", error=\"insufficient_scope\", scope=\"\(scope)\""
            ])
    }

    /// Where a person must have logged in.
    static let loginNeeded = Refusal(
        .forbidden, "forbidden", "An API token may not do this: it takes the access token of a login.")
}
