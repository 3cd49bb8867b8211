import Database
import Foundation
import JOSE
import Testing

@testable import Identity

// What stands in the database, looked at past all rules.

/// An audit event as it is stored.
struct RecordedEvent: Sendable {
    let kind: AuditEvent.Kind
    let user: User.ID?
    let client: Client.ID?
    let grant: Grant.ID?
    let organization: Organization.ID?
    let requestID: String
    let detail: String
    let id: AuditEvent.ID
}

extension World {
    /// All events so far.
    func events() async throws -> [RecordedEvent] {
        try await database.read { transaction in
            try transaction.rows(
                """
                SELECT event, user_id, client_id, grant_id, organization_id, request_id, detail, id FROM audit_events
                ORDER BY id
                """
            ).map { row in
                RecordedEvent(
                    kind: try stored(row.text(0)), user: try row.optionalID(1), client: try row.optionalID(2),
                    grant: try row.optionalID(3), organization: try row.optionalID(4), requestID: try row.text(5),
                    detail: try row.text(6), id: try row.id(7))
            }
        }
    }

    /// How often something happened.
    func count(_ kind: AuditEvent.Kind) async throws -> Int {
        try await events().count { $0.kind == kind }
    }

    /// How many events of each kind there are.
    func tally() async throws -> [AuditEvent.Kind: Int] {
        try await events().reduce(into: [:]) { $0[$1.kind, default: 0] += 1 }
    }

    /// How many events of each kind have been written since a tally was taken.
    func events(since before: [AuditEvent.Kind: Int]) async throws -> [AuditEvent.Kind: Int] {
        try await tally().merging(before) { $0 - $1 }.filter { $0.value != 0 }
    }

    /// The grant a refresh token names.
    func grant(_ refreshToken: String) async throws -> Grant {
        let id = try #require(RefreshToken(refreshToken)).grant
        return try #require(try await database.read { try Grant.find(id, in: $0) })
    }

    /// Changes rows past all rules.
    @discardableResult
    func tamper(_ sql: String, _ values: SQLValue...) async throws -> Int {
        try await database.write { try $0.run(sql, values) }
    }

    /// The one number a query answers.
    func number(_ sql: String, _ values: SQLValue...) async throws -> Int64 {
        try await database.read { try #require(try $0.row(sql, values)).integer(0) }
    }

    /// Whether a text stands anywhere in the files of the database, as it is.
    func stores(_ text: String) throws -> Bool {
        try place.bytes().range(of: Data(text.utf8)) != nil
    }

    /// The claims of an access token, after its signature was checked with the published keys.
    func claims(_ accessToken: String) throws -> JSONObject {
        let token = try UnverifiedToken(parsing: accessToken)
        let keys = provider.signingKeys.contents.published
        let key = try #require(keys.first { $0.keyID == token.header.keyID })
        #expect(token.header.type == "at+jwt")
        return try token.verified(by: VerificationKey(key))
    }
}

extension World {
    /// The tables of the schema.
    func tables() async throws -> Set<String> {
        try await database.read { transaction in
            let rows = try transaction.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")
            return Set(try rows.map { try $0.text(0) }).subtracting(["schema_migrations"])
        }
    }
}
