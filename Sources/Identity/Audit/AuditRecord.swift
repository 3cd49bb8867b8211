import Database
package import JOSE

/// An event of an organization as its admins see it, in the API, in an export and in what a webhook is sent.
package struct AuditRecord: Sendable {
    /// Who did it.
    package enum Actor: Hashable, Sendable {
        case user(User.ID, name: String?, email: String?)
        case apiToken(String)
        /// The server by itself, or its operator.
        case server
    }

    package let id: AuditEvent.ID
    /// Its name, also when a newer node has written it and this one does not know it yet.
    package let event: String
    package let at: Instant
    package let organization: Organization.ID?
    package let actor: Actor
    /// The client's own identifier.
    package let client: String?
    package let grant: Grant.ID?
    package let requestID: String
    package let address: String
    /// What changed, from what and to what; an empty object where nothing did, or where there was nothing.
    package let before: JSONObject
    package let after: JSONObject
    /// All else that is told of it.
    package let detail: JSONObject

    static let columns = """
        e.id, e.event, e.at, e.organization_id, e.user_id, u.name, u.email, c.identifier, e.grant_id, e.request_id,
        e.address, e.detail
        """
    static let tables = """
        audit_events e LEFT JOIN users u ON u.id = e.user_id LEFT JOIN clients c ON c.id = e.client_id
        """

    init(_ row: Row) throws {
        id = try row.id(0)
        event = try row.text(1)
        at = try row.time(2)
        organization = try row.optionalID(3)
        client = try row.optionalText(7)
        grant = try row.optionalID(8)
        requestID = try row.text(9)
        address = try row.text(10)
        guard case .object(let written)? = try? JSONValue.parse(Array(row.text(11).utf8)) else {
            throw DatabaseFailure.corrupt("the audit event \(id) has a detail that cannot be read")
        }
        let kind = AuditEvent.Kind(rawValue: event)
        (before, after, detail) = Self.split(written, changing: kind?.changedMember ?? "value")
        if let user: User.ID = try row.optionalID(4) {
            actor = .user(user, name: try row.optionalText(5), email: try row.optionalText(6))
        } else if kind == .apiTokenUsed, let token = written["token"]?.string {
            actor = .apiToken(token)
        } else {
            actor = .server
        }
    }

    static func find(_ id: AuditEvent.ID, in transaction: Transaction) throws -> AuditRecord? {
        try transaction.row("SELECT \(columns) FROM \(tables) WHERE e.id = ?", .id(id)).map(AuditRecord.init)
    }

    /// `before` and `after` are values of the one member that a kind of event is about; `before.url` is the value of `url`.
    private static func split(
        _ written: JSONObject, changing member: String
    ) -> (before: JSONObject, after: JSONObject, detail: JSONObject) {
        var (before, after, detail) = (JSONObject(), JSONObject(), JSONObject())
        for entry in written.members {
            let words = entry.name.split(separator: ".", maxSplits: 1).map(String.init)
            switch words.first {
            case "before": before[words.count > 1 ? words[1] : member] = entry.value
            case "after": after[words.count > 1 ? words[1] : member] = entry.value
            default: detail[entry.name] = entry.value
            }
        }
        return (before, after, detail)
    }
}

extension AuditRecord {
    /// The one form of an event.
    package var json: JSONObject {
        [
            "id": .string(id.description), "event": .string(event), "at": .string(at.iso8601),
            "actor": .object(actor.json), "organization": organization.map { .string($0.description) } ?? .null,
            "token": detail["token"] ?? .null, "client": client.map { .string($0) } ?? .null,
            "grant": grant.map { .string($0.description) } ?? .null, "request_id": requestID.orNull,
            "address": address.orNull, "before": before.orNull, "after": after.orNull, "detail": .object(detail),
        ]
    }
}

extension AuditRecord.Actor {
    fileprivate var json: JSONObject {
        switch self {
        case .user(let id, let name, let email):
            [
                "type": .string("user"), "id": .string(id.description), "name": name.map { .string($0) } ?? .null,
                "email": email.map { .string($0) } ?? .null,
            ]
        case .apiToken(let id): ["type": .string("api_token"), "id": .string(id)]
        case .server: ["type": .string("server")]
        }
    }
}

extension String {
    fileprivate var orNull: JSONValue { isEmpty ? .null : .string(self) }
}

extension JSONObject {
    fileprivate var orNull: JSONValue { members.isEmpty ? .null : .object(self) }
}
