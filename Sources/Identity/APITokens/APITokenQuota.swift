import Database
package import JOSE

/// How many of the calls of a billing period an organization has used up, with all its API tokens together.
///
/// Counted where uses are written, so every node sees what all have written: what it does not see yet is what each node has
/// counted since it wrote last, three seconds of calls. By so much, and no more, an organization may go over.
package struct APITokenQuota: Hashable, Sendable {
    /// Nil: there is none.
    package let limit: Int64?
    package let used: Int64
    package let period: BillingPeriod

    package var isExhausted: Bool { limit.map { used >= $0 } ?? false }

    /// Calls that are left; nil: any number.
    package var remaining: Int64? { limit.map { max(0, $0 - used) } }
}

extension APITokenQuota {
    /// One value: the calls of an organization `o` in the period whose beginning is the one parameter. Null: none.
    static let column = "(SELECT p.calls FROM api_token_periods p WHERE p.organization_id = o.id AND p.period = ?)"

    /// Adds calls to those of a period.
    static func add(
        _ calls: Int64, of organization: Organization.ID, in period: BillingPeriod, _ transaction: Transaction
    ) throws {
        let made = try transaction.run(
            """
            INSERT INTO api_token_periods (organization_id, period, calls) VALUES (?, ?, ?)
            ON CONFLICT (organization_id, period) DO NOTHING
            """, .id(organization), .time(period.start), .integer(calls))
        guard made == 0 else { return }
        try transaction.changeOne(
            "UPDATE api_token_periods SET calls = calls + ? WHERE organization_id = ? AND period = ?",
            .integer(calls), .id(organization), .time(period.start))
    }
}

extension APITokens {
    /// The quota of an organization as it stands, for a page.
    package func quota(of organization: Organization, at now: Instant) async throws -> APITokenQuota {
        let period = BillingPeriod(of: now)
        let used = try await database.read { transaction in
            try transaction.row(
                "SELECT calls FROM api_token_periods WHERE organization_id = ? AND period = ?", .id(organization.id),
                .time(period.start))?.integer(0) ?? 0
        }
        return APITokenQuota(limit: plans[organization.plan].callsPerPeriod, used: used, period: period)
    }
}
