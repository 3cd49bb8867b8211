import Database
package import JOSE

/// What was done in an organization, for those of its people who may know.
package struct OrganizationEvents: Sendable {
    let database: Database

    /// An event as it is told to people.
    package struct Told: Sendable {
        package let id: AuditEvent.ID
        /// The raw value of its kind.
        package let kind: String
        package let at: Instant
        /// Who did it; nil: nobody who is known.
        package let userName: String?
        package let address: String
        /// In alphabetical order.
        package let detail: [(name: String, value: String)]
    }

    /// Some events, the newest first.
    package struct Slice: Sendable {
        package let events: [Told]
        /// Whether there are earlier ones.
        package let goesOn: Bool
    }

    /// So many are told at a time.
    package static let count: Int64 = 20

    /// The newest events, or those before one that was told.
    package func newest(
        before last: AuditEvent.ID? = nil, of organization: Organization.ID, by actor: User.ID
    ) async throws -> Result<Slice, OrganizationRefusal> {
        try await database.read { transaction in
            guard let own = try Membership.find(actor, in: organization, transaction) else { return .failure(.unknown) }
            guard own.role.may(.readAudit) else { return .failure(.notAllowed(.readAudit)) }
            let events = try transaction.rows(
                """
                SELECT a.id, a.event, a.at, u.name, a.address, a.detail
                FROM audit_events a LEFT JOIN users u ON u.id = a.user_id
                WHERE a.organization_id = ? AND a.id < ? ORDER BY a.id DESC LIMIT ?
                """, .id(organization), .integer(last?.rawValue ?? .max), .integer(Self.count + 1)
            ).map(Told.init)
            return .success(
                Slice(events: Array(events.prefix(Int(Self.count))), goesOn: Int64(events.count) > Self.count))
        }
    }
}

extension OrganizationEvents.Told {
    init(_ row: Row) throws {
        id = try row.id(0)
        kind = try row.text(1)
        at = try row.time(2)
        userName = try row.optionalText(3)
        address = try row.text(4)
        guard let members = try? JSONValue.parse(Array(try row.text(5).utf8)).object?.members else {
            throw DatabaseFailure.corrupt("the detail of \(id) cannot be read")
        }
        detail = members.map { (name: $0.name, value: $0.value.string ?? "") }
    }
}
