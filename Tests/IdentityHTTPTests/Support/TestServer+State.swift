import Database
import Identity
import Prometheus
import Testing

// What is in the database, to see what a request has done beside its answer.

extension TestServer {
    /// One number.
    func number(_ sql: String, _ values: SQLValue...) async throws -> Int64 {
        try await database.read { try $0.row(sql, values)?.integer(0) } ?? 0
    }

    /// The metrics as Prometheus reads them.
    var metricsText: String { String(decoding: metrics.text(), as: UTF8.self) }

    /// One series of the metrics, by its name and labels; nil when it is not there.
    func metric(_ series: String) -> String? {
        metricsText.split(separator: "\n").first { $0.hasPrefix(series + " ") }
            .map { String($0.dropFirst(series.utf8.count + 1)) }
    }

    /// How many audit events of a kind there are.
    func events(_ kind: AuditEvent.Kind) async throws -> Int64 {
        try await number("SELECT count(*) FROM audit_events WHERE event = ?", .text(kind.rawValue))
    }

    /// Grants that have not been ended.
    func livingGrants() async throws -> Int64 {
        try await number("SELECT count(*) FROM grants WHERE revoked_at IS NULL")
    }

    /// The generation of a grant: how many refresh tokens it has had.
    func generation(_ grant: Grant.ID) async throws -> Int64 {
        try await number("SELECT generation FROM grants WHERE id = ?", .integer(grant.rawValue))
    }

    /// Why a grant was ended; nil while it lives.
    func revocation(_ grant: Grant.ID) async throws -> String? {
        try await database.read { transaction in
            try transaction.row("SELECT revocation_reason FROM grants WHERE id = ?", .integer(grant.rawValue))?
                .optionalText(0)
        }
    }

    /// How many rows each table has.
    func rowCounts() async throws -> [String: Int64] {
        var counts: [String: Int64] = [:]
        for table in Self.tables { counts[table] = try await number("SELECT count(*) FROM \(table)") }
        return counts
    }

    static let tables = [
        "users", "organizations", "memberships", "clients", "sessions", "grants", "device_authorizations",
        "magic_links", "signing_keys", "audit_events", "outgoing_mail",
    ]
}

extension TestServer {
    /// What all links have come to.
    func linkStates() async throws -> [String] {
        try await database.read { transaction in
            try transaction.rows("SELECT state FROM magic_links ORDER BY id").map { try $0.text(0) }
        }
    }
}
