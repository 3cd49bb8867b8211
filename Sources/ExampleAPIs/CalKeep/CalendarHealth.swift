import Foundation
import GRDB
import Hummingbird
import LatchkeyHummingbird

/// A calendar elsewhere that is kept in step with the workspace's.
struct CalendarAccount: CalKeepRow {
    let id: String
    let provider: String
    let address: String
    let lastSyncedAt: Date?
    let lastError: String?
}

/// `/calendar-health`
struct CalendarHealth {
    /// How long ago an account may have been in step and be called healthy.
    static let freshness: TimeInterval = 3_600

    enum Health: String, Encodable {
        case healthy, stale, failing
    }

    /// An account, and how it is.
    struct Report: Encodable, Sendable {
        private enum CodingKeys: String, CodingKey {
            case health
        }

        let account: CalendarAccount
        let health: Health

        init(_ account: CalendarAccount, at now: Date) {
            self.account = account
            if account.lastError != nil {
                health = .failing
            } else {
                let last = account.lastSyncedAt ?? .distantPast
                health = now.timeIntervalSince(last) <= CalendarHealth.freshness ? .healthy : .stale
            }
        }

        func encode(to encoder: any Encoder) throws {
            try account.encode(to: encoder)
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(health, forKey: .health)
        }
    }

    let store: Store

    func routes(on api: APIRoutes) {
        api.get("calendar-health", scope: "calendar_health:read") { request, context in
            let page = try PageRequest(request)
            return Answer(try await store.read(context.tenant) { try $0.calendarAccounts(page, at: .now) })
        }
    }
}

extension Rows {
    fileprivate func calendarAccounts(_ page: PageRequest, at now: Date) throws -> Page<CalendarHealth.Report> {
        let accounts = try CalendarAccount.fetchAll(
            database,
            sql: "SELECT * FROM calendar_account WHERE workspace = ? ORDER BY sequence DESC LIMIT ? OFFSET ?",
            arguments: [workspace, page.limit, page.offset])
        let total = try Int.fetchOne(
            database, sql: "SELECT COUNT(*) FROM calendar_account WHERE workspace = ?", arguments: [workspace])
        return Page(
            name: "calendarAccounts", items: accounts.map { CalendarHealth.Report($0, at: now) },
            pagination: page.pagination(total: total ?? 0))
    }
}
