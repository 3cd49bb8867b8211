import Database

/// The audit of an organization, for those of its members who may read it. Nobody sees that of another.
package struct AuditLog: Sendable {
    let database: Database

    /// One page, the newest first.
    package func list(
        _ page: Page, _ filter: AuditFilter, of organization: Organization.ID, by actor: User.ID
    ) async throws -> Result<Paged<AuditRecord>, OrganizationRefusal> {
        try await database.read { transaction in
            if let refusal = try refusal(of: organization, to: actor, in: transaction) { return .failure(refusal) }
            let (sql, values) = filter.conditions(of: organization, after: nil)
            let records = try transaction.rows(
                """
                SELECT \(AuditRecord.columns) FROM \(AuditRecord.tables) WHERE \(sql)
                ORDER BY e.id DESC LIMIT ? OFFSET ?
                """, values + [.integer(page.limit), .integer(page.offset)]
            ).map(AuditRecord.init)
            let total = try transaction.row(
                "SELECT COUNT(*) FROM audit_events e LEFT JOIN users u ON u.id = e.user_id WHERE \(sql)", values)
            return .success(Paged(items: records, page: page, total: try total?.integer(0) ?? 0))
        }
    }

    /// Some events, the newest first.
    package struct Slice: Sendable {
        package let records: [AuditRecord]
        /// Whether there are earlier ones.
        package let goesOn: Bool
        /// Who is named in what is told of them, beside those who did it.
        package let people: [User.ID: AuditRecord.Person]
    }

    /// So many are in a slice.
    package static let sliceSize: Int64 = 20

    /// The newest events, or those before one that was told: for people who read on, whatever is added meanwhile.
    package func newest(
        before last: AuditEvent.ID? = nil, of organization: Organization.ID, by actor: User.ID
    ) async throws -> Result<Slice, OrganizationRefusal> {
        try await database.read { transaction in
            if let refusal = try refusal(of: organization, to: actor, in: transaction) { return .failure(refusal) }
            let records = try transaction.rows(
                """
                SELECT \(AuditRecord.columns) FROM \(AuditRecord.tables) WHERE e.organization_id = ? AND e.id < ?
                ORDER BY e.id DESC LIMIT ?
                """, .id(organization), .integer(last?.rawValue ?? .max), .integer(Self.sliceSize + 1)
            ).map(AuditRecord.init)
            let isLonger = Int64(records.count) > Self.sliceSize
            let told = Array(records.prefix(Int(Self.sliceSize)))
            return .success(
                Slice(records: told, goesOn: isLonger, people: try AuditRecord.people(namedIn: told, transaction)))
        }
    }

    /// So many events are read in one transaction of an export.
    package static let batchSize: Int64 = 500

    /// Those that follow an event, the oldest first; none when there are no more. Whether the actor may read them is
    /// asked each time: an export ends with the role of whoever asked for it.
    package func batch(
        after last: AuditEvent.ID?, _ filter: AuditFilter, of organization: Organization.ID, by actor: User.ID
    ) async throws -> Result<[AuditRecord], OrganizationRefusal> {
        try await database.read { transaction in
            if let refusal = try refusal(of: organization, to: actor, in: transaction) { return .failure(refusal) }
            let (sql, values) = filter.conditions(of: organization, after: last)
            return .success(
                try transaction.rows(
                    """
                    SELECT \(AuditRecord.columns) FROM \(AuditRecord.tables) WHERE \(sql) ORDER BY e.id LIMIT ?
                    """, values + [.integer(Self.batchSize)]
                ).map(AuditRecord.init))
        }
    }

    private func refusal(
        of organization: Organization.ID, to actor: User.ID, in transaction: Transaction
    ) throws -> OrganizationRefusal? {
        guard let own = try Membership.find(actor, in: organization, transaction) else { return .unknown }
        return own.role.may(.readAudit) ? nil : .notAllowed(.readAudit)
    }
}
