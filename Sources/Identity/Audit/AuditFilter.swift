import Database
package import JOSE

/// Which events of an organization are asked for: those that fit all that is said.
package struct AuditFilter: Hashable, Sendable {
    /// One of these; none: all.
    package var events: [AuditEvent.Kind]
    /// From this moment on.
    package var since: Instant?
    /// Before this moment.
    package var until: Instant?
    /// Found in the name of the event, what is told of it, the request, the address, the name or mail address of who
    /// did it; or an identifier of theirs, of the login or of the event. Upper and lower case are alike.
    package var search: String?

    package init(
        events: [AuditEvent.Kind] = [], since: Instant? = nil, until: Instant? = nil, search: String? = nil
    ) {
        (self.events, self.since, self.until, self.search) = (events, since, until, search)
    }

    /// Bytes of a search.
    package static let maximumSearchLength = 200

    /// Its conditions on `audit_events e` and `users u`. One text for each combination of what is asked.
    ///
    /// Identifiers begin with their time, so a time is found by the index of identifiers; `at` is exact.
    func conditions(
        of organization: Organization.ID, after last: AuditEvent.ID?
    ) -> (sql: String, values: [SQLValue]) {
        var sql = "e.organization_id = ? AND e.id > ? AND e.id < ? AND e.at >= ? AND e.at < ?"
        let lowest = since.map { AuditEvent.ID.lowest(at: $0) - 1 } ?? -1
        let highest = until.map { AuditEvent.ID.lowest(at: $0 + .milliseconds(1)) } ?? .max
        var values: [SQLValue] = [
            .id(organization), .integer(max(lowest, last?.rawValue ?? -1)), .integer(highest),
            .integer(since?.microseconds ?? .min), .integer(until?.microseconds ?? .max),
        ]
        if !events.isEmpty {
            let chunks = BatchSize.chunks(of: events.map(\.rawValue))
            sql += " AND (" + chunks.map { "e.event IN (\($0.size.list("?")))" }.joined(separator: " OR ") + ")"
            for chunk in chunks {
                let padding = repeatElement(chunk.items.last ?? "", count: chunk.size.rawValue - chunk.items.count)
                values += (chunk.items + padding).map { .text($0) }
            }
        }
        if let search {
            sql += Self.searchCondition
            values += [SQLValue](repeating: .text(Self.pattern(search)), count: 6)
            values += [User.ID(search)?.rawValue, Grant.ID(search)?.rawValue, AuditEvent.ID(search)?.rawValue].map {
                .integer($0 ?? -1)
            }
        }
        return (sql, values)
    }

    private static let searchCondition = """
         AND (LOWER(e.event) LIKE LOWER(?) ESCAPE '!' OR LOWER(e.detail) LIKE LOWER(?) ESCAPE '!'
            OR LOWER(e.request_id) LIKE LOWER(?) ESCAPE '!' OR LOWER(e.address) LIKE LOWER(?) ESCAPE '!'
            OR LOWER(u.email) LIKE LOWER(?) ESCAPE '!' OR LOWER(u.name) LIKE LOWER(?) ESCAPE '!'
            OR e.user_id = ? OR e.grant_id = ? OR e.id = ?)
        """

    /// A text anywhere, with nothing in it that stands for something else.
    private static func pattern(_ text: String) -> String {
        let escaped = text.unicodeScalars.map { scalar in
            "!%_".unicodeScalars.contains(scalar) ? "!" + String(scalar) : String(scalar)
        }
        return "%" + escaped.joined() + "%"
    }
}

extension Identifier {
    /// No identifier that was drawn at this moment or later is smaller.
    static func lowest(at moment: Instant) -> Int64 {
        min(max(moment.microseconds / 1_000, 0), (1 << 42) - 1) << 21
    }
}
