import Foundation
import Hummingbird
import LatchkeyHummingbird

/// How many calls each key has made in the current billing period. Asking is not counted.
struct Usage: Sendable {
    let ledger: UsageLedger
    let clock: @Sendable () -> Instant

    struct Report: Encodable, Sendable {
        struct Period: Encodable, Sendable {
            let start: Date
            let end: Date
        }

        let period: Period
        /// The calls that the workspace may make; null where there is no bound.
        let quota: Int?
        /// Those that it has made.
        let calls: Int
        let keys: [UsageLedger.Entry]
        let pagination: Pagination
    }

    func routes(on api: APIRoutes) {
        api.get("usage", requiring: .token, use: report)
    }

    /// The others' keys are told to who may read who is in the team. Without `team:read`, and of a key that is confined
    /// to projects, the one that asks is told of itself alone.
    private func report(_ request: Request, _ context: APIContext) async throws -> Answer<Report> {
        let (page, now, period) = (try PageRequest(request), clock(), BillingPeriod(at: clock()))
        let seesAll = context.token.has("team:read") && context.token.resources == nil
        let usage = try await ledger.usage(
            of: context.tenant, told: context.token.quota, only: seesAll ? nil : context.token.key, page, at: now)
        return Answer(
            Report(
                period: .init(start: period.start, end: period.end), quota: usage.quota.calls, calls: usage.calls,
                keys: usage.entries, pagination: page.pagination(total: usage.keys)))
    }
}
