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

    /// Counts a call, unless the workspace has made as many as its quota allows.
    ///
    /// - Parameter told: the quota, as the issuer tells it with this call. It is noted for the calls with which it tells
    ///   none, until it tells another.
    /// - Returns: nil when the call was counted; otherwise the quota that is used up.
    func count(_ key: String, of tenant: String, told: Quota?, at now: Instant) async throws -> Quota? {
        let (period, time) = (BillingPeriod(at: now).name, Date(timeIntervalSince1970: Double(now.seconds)))
        return try await database.write { db in
            let noted = try notedQuota(of: tenant, db)
            if let told, told != noted { try note(told, of: tenant, db) }
            let quota: Quota = told ?? noted ?? .usual
            if let most = quota.calls, try calls(of: tenant, in: period, db) >= most { return quota }
            let statement = try db.cachedStatement(
                sql: """
                    INSERT INTO usage (tenant, period, key, calls, last_used_at) VALUES (?, ?, ?, 1, ?)
                    ON CONFLICT (tenant, period, key)
                    DO UPDATE SET calls = calls + 1, last_used_at = excluded.last_used_at
                    """)
            try statement.execute(arguments: [tenant, period, key, time])
            return nil
        }
    }

    /// What a workspace has used.
    struct Used: Sendable {
        /// What it may.
        let quota: Quota
        /// The calls of all its keys.
        let calls: Int
        /// A page of its keys, the busiest first.
        let entries: [Entry]
        /// How many keys there are on all pages.
        let keys: Int
    }

    /// What has been counted, all together, and key by key.
    ///
    /// - Parameters:
    ///   - told: the quota, as the issuer tells it with this call; nil: it tells none.
    ///   - key: only this one is told of; nil: all.
    func usage(
        of tenant: String, told: Quota?, only key: String?, _ page: PageRequest, at now: Instant
    ) async throws -> Used {
        let period = BillingPeriod(at: now).name
        let rows: SQL = "tenant = \(tenant) AND period = \(period) AND (\(key) IS NULL OR key = \(key))"
        return try await database.read { db in
            let entries = try SQLRequest<Entry>(
                literal: """
                    SELECT key, calls, last_used_at FROM usage WHERE \(rows)
                    ORDER BY calls DESC, key LIMIT \(page.limit) OFFSET \(page.offset)
                    """
            ).fetchAll(db)
            let keys = try SQLRequest<Int>(literal: "SELECT COUNT(*) FROM usage WHERE \(rows)").fetchOne(db) ?? 0
            let noted = try notedQuota(of: tenant, db)
            return Used(
                quota: told ?? noted ?? .usual, calls: try calls(of: tenant, in: period, db), entries: entries,
                keys: keys)
        }
    }

    /// By all keys of a workspace.
    private func calls(of tenant: String, in period: String, _ db: Database) throws -> Int {
        let statement = try db.cachedStatement(
            sql: "SELECT COALESCE(SUM(calls), 0) FROM usage WHERE tenant = ? AND period = ?")
        return try Int.fetchOne(statement, arguments: [tenant, period]) ?? 0
    }

    /// What the issuer told last; nil where it has told nothing yet.
    private func notedQuota(of tenant: String, _ db: Database) throws -> Quota? {
        let statement = try db.cachedStatement(sql: "SELECT calls FROM quotas WHERE tenant = ?")
        return try Row.fetchOne(statement, arguments: [tenant]).map { Quota(calls: $0["calls"]) }
    }

    private func note(_ quota: Quota, of tenant: String, _ db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO quotas (tenant, calls) VALUES (?, ?)
                ON CONFLICT (tenant) DO UPDATE SET calls = excluded.calls
                """)
        try statement.execute(arguments: [tenant, quota.calls])
    }
}
