import Foundation
import GRDB
import LatchkeyHummingbird

/// Who has made how many calls in a billing period, in the database: one small transaction a call, so that the count
/// survives a crash and a quota is kept to the call, however many come at once. What it costs is in decision 44.
struct UsageLedger: Sendable {
    let database: DatabaseQueue

    /// The calls of one key.
    struct Entry: Codable, FetchableRecord, Sendable {
        /// The API key, `tok_…`, or the login of a person, `grt_…`.
        let key: String
        let calls: Int
        let lastUsedAt: Date

        enum CodingKeys: String, CodingKey {
            case key, calls
            case lastUsedAt = "last_used_at"
        }
    }

    /// Counts a call, unless as many have been made as the quota allows. False: they have.
    func count(_ key: String, of tenant: String, within quota: Quota, at now: Instant) async throws -> Bool {
        let (period, time) = (BillingPeriod(at: now).name, Date(timeIntervalSince1970: Double(now.seconds)))
        return try await database.write { db in
            switch quota {
            case .unlimited: break
            case .ofWorkspace(let most) where try calls(of: tenant, in: period, db) >= most: return false
            case .ofKey(let most) where try calls(of: tenant, by: key, in: period, db) >= most: return false
            default: break
            }
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO usage (tenant, period, key, calls, last_used_at) VALUES (?, ?, ?, 1, ?)
                    ON CONFLICT (tenant, period, key)
                    DO UPDATE SET calls = calls + 1, last_used_at = excluded.last_used_at
                    """)
            try statement.execute(arguments: [tenant, period, key, time])
            return true
        }
    }

    /// What has been counted, all together, and key by key, the busiest first.
    ///
    /// - Parameter key: only this one is told of; nil: all.
    func usage(
        of tenant: String, only key: String?, _ page: PageRequest, at now: Instant
    ) async throws -> (total: Int, entries: [Entry], keys: Int) {
        let period = BillingPeriod(at: now).name
        let told: SQL = "tenant = \(tenant) AND period = \(period) AND (\(key) IS NULL OR key = \(key))"
        return try await database.read { db in
            let entries = try SQLRequest<Entry>(
                literal: """
                    SELECT key, calls, last_used_at FROM usage WHERE \(told)
                    ORDER BY calls DESC, key LIMIT \(page.limit) OFFSET \(page.offset)
                    """
            ).fetchAll(db)
            let keys = try SQLRequest<Int>(literal: "SELECT COUNT(*) FROM usage WHERE \(told)").fetchOne(db) ?? 0
            return (try calls(of: tenant, in: period, db), entries, keys)
        }
    }

    /// - Parameter key: by this one alone; nil: by all.
    private func calls(of tenant: String, by key: String? = nil, in period: String, _ db: Database) throws -> Int {
        let statement = try db.cachedStatement(
            sql: """
                SELECT COALESCE(SUM(calls), 0) FROM usage
                WHERE tenant = ? AND period = ?\(key == nil ? "" : " AND key = ?")
                """)
        return try Int.fetchOne(statement, arguments: [tenant, period] + (key.map { [$0] } ?? [])) ?? 0
    }
}
