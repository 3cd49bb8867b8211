import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// Counts every call for the key that made it, and refuses those beyond the quota of the billing period: 429
/// `quota_exceeded`, which passes with the month and not with the minute, as `rate_limited` does.
struct UsageCounting: RouterMiddleware {
    typealias Context = BasicBearerRequestContext

    let ledger: UsageLedger
    let clock: @Sendable () -> Instant

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let (token, tenant, now) = (try context.token, try context.tenant, clock())
        let quota = token.quota
        guard try await ledger.count(token.key, of: tenant, within: quota, at: now) else {
            throw APIRefusal.quotaExceeded(quota, at: now)
        }
        return try await next(request, context)
    }
}

/// How many calls may be made in a billing period.
enum Quota: Hashable, Sendable {
    case unlimited
    /// By all keys of the workspace together: its plan.
    case ofWorkspace(Int)
    /// By one key, or the login of a person, where the issuer tells nothing of a plan.
    case ofKey(Int)

    /// Of a person who has logged in, and of a key that was exchanged for a JWT.
    static let usual = Quota.ofKey(10_000)

    var calls: Int? {
        switch self {
        case .unlimited: nil
        case .ofWorkspace(let calls), .ofKey(let calls): calls
        }
    }
}

extension VerifiedToken {
    /// The key, or the login, whose calls are counted. A refreshed token is of the same.
    var key: String { grantID ?? tokenID }

    /// By the plan, as the issuer tells it of an API key: there `calls_per_period` is null where there is no bound.
    var quota: Quota {
        guard let calls = claims["limits"]?.object?["calls_per_period"] else { return .usual }
        return calls.integer.map { .ofWorkspace(Int(clamping: $0)) } ?? .unlimited
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
