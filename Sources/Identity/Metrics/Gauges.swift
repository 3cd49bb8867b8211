import Database
package import JOSE
import Metrics

/// What is measured by looking: how long the queues are, and how many rows the tables have. Asked in the background,
/// never in the path of a request.
package struct Gauges: Sendable {
    let database: Database
    private let mail: [MailState: Meter]
    private let oldestMail: Meter
    private let unsealed: Meter
    private let webhookMessages: Meter
    private let webhookOverdue: Meter
    private let rows: [Table: Meter]
    private let sampledAt: Meter

    private enum MailState: String, CaseIterable {
        /// Not yet tried.
        case new
        /// Tried, and to be tried again.
        case retrying
        /// Given up.
        case dead
    }

    /// The tables that grow. Their names are also the values of a label.
    package enum Table: String, CaseIterable, Sendable {
        case users, organizations, sessions, grants
        case deviceAuthorizations = "device_authorizations"
        case magicLinks = "magic_links"
        case auditEvents = "audit_events"
    }

    /// No queue is counted further than this: it is long enough to worry.
    static let longestCount: Int64 = 10_000
    /// So many rows are looked at in one transaction.
    static let pageSize: Int64 = 10_000

    init(_ database: Database, _ factory: any MetricsFactory) {
        self.database = database
        func meter(_ label: String, _ dimensions: [(String, String)] = []) -> Meter {
            Meter(label: label, dimensions: dimensions, factory: factory)
        }
        let states = MailState.allCases.map { ($0, meter("latchkey_mail_messages", [("state", $0.rawValue)])) }
        mail = Dictionary(states) { first, _ in first }
        oldestMail = meter("latchkey_mail_oldest_seconds")
        unsealed = meter("latchkey_audit_unsealed_events")
        webhookMessages = meter("latchkey_webhook_messages")
        webhookOverdue = meter("latchkey_webhook_overdue_seconds")
        let tables = Table.allCases.map { ($0, meter("latchkey_table_rows", [("table", $0.rawValue)])) }
        rows = Dictionary(tables) { first, _ in first }
        sampledAt = meter("latchkey_sampled_timestamp_seconds")
    }

    /// Looks at the queues.
    package func sampleQueues(at now: Instant) async throws {
        let limit = SQLValue.integer(Self.longestCount)
        let (fresh, retrying, dead, oldest, events) = try await database.read { transaction in
            func count(_ rows: String) throws -> Int64 {
                try transaction.row("SELECT COUNT(*) FROM (SELECT 1 AS one FROM \(rows) LIMIT ?) t", limit)?.integer(0)
                    ?? 0
            }
            let first = try transaction.row("SELECT MIN(created_at) FROM outgoing_mail WHERE suppressed = 0")
            return (
                try count("outgoing_mail WHERE suppressed = 0 AND attempts = 0"),
                try count("outgoing_mail WHERE suppressed = 0 AND attempts > 0"), try count("dead_mail"),
                try first?.optionalTime(0), try count("audit_events WHERE sequence IS NULL")
            )
        }
        mail[.new]?.set(fresh)
        mail[.retrying]?.set(retrying)
        mail[.dead]?.set(dead)
        oldestMail.set(oldest.map { Double((now - $0).wholeMicroseconds) / 1_000_000 } ?? 0)
        unsealed.set(events)
        try await sampleWebhooks(at: now)
        sampledAt.set(Double(now.microseconds) / 1_000_000)
    }

    /// Messages to webhooks that are switched on: those of others wait for a person, not for this server. Read from the
    /// indices of what waits, of which each webhook has one entry to look at.
    private func sampleWebhooks(at now: Instant) async throws {
        let (waiting, due) = try await database.read { transaction -> (Int64, Instant?) in
            let count = try transaction.row(
                """
                SELECT COUNT(*) FROM (
                    SELECT 1 AS one FROM webhook_deliveries d
                    JOIN webhooks w ON w.id = d.webhook_id AND w.disabled_at IS NULL AND w.deleted_at IS NULL
                    WHERE d.next_attempt_at IS NOT NULL LIMIT ?) t
                """, .integer(Self.longestCount))
            guard let waiting = try count?.integer(0), waiting > 0 else { return (0, nil) }
            let first = try transaction.row(
                """
                SELECT MIN(t.due) FROM (
                    SELECT (SELECT MIN(d.next_attempt_at) FROM webhook_deliveries d
                            WHERE d.webhook_id = w.id AND d.next_attempt_at IS NOT NULL) AS due
                    FROM webhooks w WHERE w.disabled_at IS NULL AND w.deleted_at IS NULL) t
                """)
            return (waiting, try first?.optionalTime(0))
        }
        webhookMessages.set(waiting)
        webhookOverdue.set(due.map { max(0, Double((now - $0).wholeMicroseconds) / 1_000_000) } ?? 0)
    }

    /// Counts the rows of a table, page by page, so that no transaction is long; what changes meanwhile is counted or
    /// not.
    ///
    /// - Parameter rest: called between two pages.
    package func count(_ table: Table, _ rest: () async throws -> Void) async throws {
        var total: Int64 = 0
        var last = Int64.min
        while true {
            let (count, greatest) = try await page(of: table, after: last)
            total += count
            guard count == Self.pageSize, let greatest else { break }
            last = greatest
            try await rest()
        }
        rows[table]?.set(total)
    }

    private func page(of table: Table, after last: Int64) async throws -> (count: Int64, greatest: Int64?) {
        try await database.read { transaction in
            let row = try transaction.row(
                """
                SELECT COUNT(*), MAX(id) FROM
                    (SELECT id FROM \(table.rawValue) WHERE id > ? ORDER BY id LIMIT ?) page
                """, .integer(last), .integer(Self.pageSize))
            return (try row?.integer(0) ?? 0, try row?.optionalInteger(1))
        }
    }
}
