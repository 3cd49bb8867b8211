import HTTPTypes
public import Hummingbird
public import LatchkeyVerifier

/// Lets each token make so many calls and no more: 429 `rate_limited` with `Retry-After`. Every answer tells what is
/// left, in `X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset` (seconds since 1970, when all of it is
/// free again).
///
///     router.group("/api/v1")
///         .add(middleware: BearerAuthentication(verifier))
///         .add(middleware: RateLimiting(RateLimit(100, per: .seconds(60))))
///
/// Counted is the login or API token behind the token presented, so that a refreshed JWT gives no new limit. In memory,
/// for each process by itself, and for the last 50,000 to 100,000 callers.
public struct RateLimiting<Context: BearerRequestContext>: RouterMiddleware {
    private let limit: @Sendable (VerifiedToken) -> RateLimit?
    private let ledger = RateLimitLedger()

    /// The same limit for every token.
    public init(_ limit: RateLimit) {
        self.init { _ in limit }
    }

    /// A limit for each token, by its plan, say; nil: none. Asked at each call.
    public init(_ limit: @escaping @Sendable (VerifiedToken) -> RateLimit?) {
        self.limit = limit
    }

    /// Counts a request.
    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let call = try context.verifiedCall
        guard let limit = limit(call.token) else { return try await next(request, context) }
        let allowance = ledger.spend(call.credential, limit, at: call.now)
        guard allowance.isGranted else { throw APIRefusal.rateLimited(allowance) }
        do {
            var response = try await next(request, context)
            allowance.write(to: &response.headers)
            return response
        } catch var refusal as APIRefusal {
            allowance.write(to: &refusal.headers)
            throw refusal
        }
    }
}

extension VerifiedToken {
    /// The calls a minute that the plan of an API token's organization allows, as the issuer tells them with each
    /// introspection and in the JWT that the token was exchanged for; nil for logins. For `RateLimiting`:
    ///
    ///     RateLimiting { $0.planLimit ?? RateLimit(100) }
    public var planLimit: RateLimit? {
        claims["limits"]?.object?["requests_per_minute"]?.integer.flatMap { Int(exactly: $0) }.map { RateLimit($0) }
    }
}

extension RateLimit.Allowance {
    func write(to headers: inout HTTPFields) {
        headers[.rateLimitLimit] = String(limit)
        headers[.rateLimitRemaining] = String(remaining)
        headers[.rateLimitReset] = String(reset.seconds + 1)
    }
}

extension APIRefusal {
    static func rateLimited(_ allowance: RateLimit.Allowance) -> APIRefusal {
        let seconds = max(1, allowance.retryAfter.components.seconds + 1)
        var headers: HTTPFields = [.retryAfter: String(seconds)]
        allowance.write(to: &headers)
        return APIRefusal(
            .tooManyRequests, "rate_limited", "Too many requests with this token. Try again in \(seconds) s.",
            headers: headers)
    }
}
