import Database
import Identity
import JOSE
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
        "magic_links", "signing_keys", "audit_events", "outgoing_mail", "invitations", "recorded_answers", "passkeys",
        "totp_secrets", "recovery_codes", "wrong_proofs", "api_tokens", "api_token_days",
        "webhooks", "webhook_deliveries",
        "api_token_notices", "api_token_periods",
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

extension TestServer {
    /// Takes all memberships of a user away past all rules.
    func loseMemberships(_ user: User.ID) async throws {
        _ = try await database.write { transaction in
            try transaction.run("DELETE FROM memberships WHERE user_id = ?", .integer(user.rawValue))
        }
    }

    /// Every row of every table but those that only grow by being looked at, as text: to see that nothing was changed.
    func snapshot(
        of tables: [String] = [
            "users", "organizations", "memberships", "clients", "grants", "invitations", "recorded_answers",
            "outgoing_mail", "audit_events", "api_tokens", "webhooks", "webhook_deliveries",
        ]
    ) async throws -> [String: Int64] {
        var state: [String: Int64] = [:]
        for table in tables { state[table] = try await number("SELECT count(*) FROM \(table)") }
        for (name, sql) in [
            ("living grants", "SELECT count(*) FROM grants WHERE revoked_at IS NULL"),
            (
                "roles",
                "SELECT COALESCE(SUM(CASE role WHEN 'owner' THEN 1000000 WHEN 'admin' THEN 1000 ELSE 1 END), 0) FROM memberships"
            ),
            ("waiting invitations", "SELECT count(*) FROM invitations WHERE state = 'waiting'"),
            ("living API tokens", "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL"),
            ("secrets of API tokens", "SELECT CAST(COALESCE(SUM(generation), 0) AS INTEGER) FROM api_tokens"),
            ("enabled webhooks", "SELECT count(*) FROM webhooks WHERE disabled_at IS NULL AND deleted_at IS NULL"),
            (
                "secrets and addresses of webhooks",
                "SELECT CAST(COALESCE(SUM(generation + LENGTH(url)), 0) AS INTEGER) FROM webhooks"
            ),
            ("living sessions", "SELECT count(*) FROM sessions WHERE ended_at IS NULL"),
        ] { state[name] = try await number(sql) }
        return state
    }
}

extension TestServer {
    /// The names of a table's columns.
    func columns(of table: String) async throws -> [String] {
        let list =
            switch site.engine {
            case .sqlite: "SELECT name FROM pragma_table_info(?)"
            case .postgresql:
                "SELECT column_name::text FROM information_schema.columns "
                    + "WHERE table_schema = current_schema() AND table_name = ?"
            }
        let columns = try await database.read { transaction in
            try transaction.rows(list, .text(table)).map { try $0.text(0) }
        }
        try #require(!columns.isEmpty)
        return columns
    }

    /// Some rows of a table, column by column, as text.
    func rows(
        of table: String, where column: String, is value: Int64, orderedBy order: String
    ) async throws -> [String] {
        let columns = try await columns(of: table)
        return try await database.read { transaction in
            try columns.map { name in
                let cells = try transaction.rows(
                    "SELECT \(name) FROM \(table) WHERE \(column) = ? ORDER BY \(order)", .integer(value)
                ).map { row in
                    if let number = try? row.integer(0) { return "\(number)" }
                    return (try? row.text(0)) ?? (try? row.blob(0)).map(Base64URL.encode) ?? "null"
                }
                return "\(table).\(name): \(cells.joined(separator: ", "))"
            }
        }
    }
}
