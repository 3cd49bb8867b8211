import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// Counts every call for the key that made it, and refuses those beyond the workspace's quota of the billing period: 429
/// `quota_exceeded`, which passes with the month and not with the minute, as `rate_limited` does. The quota is one for
/// keys, the JWTs that they are exchanged for, and logins: nobody gets more calls by another credential.
struct UsageCounting: RouterMiddleware {
    typealias Context = BasicBearerRequestContext

    let ledger: UsageLedger
    let clock: @Sendable () -> Instant

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let (token, tenant, now) = (try context.token, try context.tenant, clock())
        if let usedUp = try await ledger.count(token.key, of: tenant, told: token.quota, at: now) {
            throw APIRefusal.quotaExceeded(usedUp, at: now)
        }
        return try await next(request, context)
    }
}

/// How many calls a workspace may make in a billing period, with all its keys and logins together.
struct Quota: Hashable, Sendable {
    /// Nil: any number.
    let calls: Int?

    /// Of a workspace of whose plan the issuer has told nothing: none of its API keys has been seen.
    static let usual = Quota(calls: 10_000)
}

extension VerifiedToken {
    /// The key, or the login, whose calls are counted. A refreshed token is of the same.
    var key: String { grantID ?? tokenID }

    /// By the plan, as the issuer tells it of an API key and in the JWT that it was exchanged for: there `calls_per_period`
    /// is null where there is no bound. Nil: it has told nothing, as with logins.
    var quota: Quota? {
        guard let calls = claims["limits"]?.object?["calls_per_period"] else { return nil }
        return Quota(calls: calls.integer.map { Int(clamping: $0) })
    }
}

extension APIRefusal {
    fileprivate static func quotaExceeded(_ quota: Quota, at now: Instant) -> APIRefusal {
        let period = BillingPeriod(at: now)
        let calls = quota.calls.map { "\($0) calls" } ?? "calls"
        return APIRefusal(
            .tooManyRequests, "quota_exceeded",
            "The \(calls) of this billing period are used up. The next begins at "
                + "\(period.end.formatted(.iso8601)). Wait for it, make fewer calls, or upgrade to a plan with more.",
            headers: [.retryAfter: String(period.remainder(from: now))])
    }
}
