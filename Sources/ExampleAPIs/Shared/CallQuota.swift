import Foundation
import HTTPTypes
import Hummingbird
import LatchkeyHummingbird

/// Refuses API tokens whose organization has used up the calls of its billing period: 429 `quota_exceeded`, and
/// `Retry-After` until the next period. That is another thing than `rate_limited`, which is over in seconds.
///
/// The issuer tells it with each introspection, in `limits`. JWTs pass: it makes none for a token of such an
/// organization, and those made before end within five minutes.
struct CallQuota<Context: BearerRequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let limits = try context.token.claims["limits"]?.object
        guard limits?["exhausted"]?.bool == true else { return try await next(request, context) }
        throw Self.refusal(until: limits?["period_ends_at"]?.string, at: .now)
    }

    static func refusal(until end: String?, at now: Date) -> APIRefusal {
        let message = "Your plan's calls of this billing period are used up."
        guard let end, let date = try? Date(end, strategy: .iso8601) else {
            return APIRefusal(.tooManyRequests, "quota_exceeded", "\(message) Wait for the next, or upgrade.")
        }
        // A billing period is a month or a year; what is told otherwise must not make a number that is none.
        let seconds = Int(min(max(date.timeIntervalSince(now), 1), 366 * 86_400))
        return APIRefusal(
            .tooManyRequests, "quota_exceeded", "\(message) The next begins at \(end). Wait for it, or upgrade.",
            headers: [.retryAfter: String(seconds)])
    }
}
