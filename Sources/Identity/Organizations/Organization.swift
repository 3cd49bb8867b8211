import Database
package import JOSE

/// A tenant: the workspace a token acts in.
package struct Organization: Sendable, Identified {
    package static let identifierPrefix = "org"
    package typealias ID = Identifier<Organization>

    /// What was bought. What each allows is in the rows of ``PlanTerms``.
    package enum Plan: String, Sendable, CaseIterable {
        case free, pro, business, enterprise
    }

    package let id: ID
    package var slug: String
    package var name: String
    package var plan: Plan
    package let createdAt: Instant
}

/// What a member may do in an organization.
package enum Role: String, Sendable, CaseIterable {
    case owner, admin, member, viewer
}

/// A user's place in an organization.
package struct Membership: Sendable {
    package internal(set) var organization: Organization
    package let role: Role
}

extension Organization {
    static let columns = "o.id, o.slug, o.name, o.plan, o.created_at"
    static let columnCount = 5

    /// - Parameter first: the column at which the organization's columns begin.
    init(_ row: Row, first: Int = 0) throws {
        id = try row.id(first)
        slug = try row.text(first + 1)
        name = try row.text(first + 2)
        plan = try stored(row.text(first + 3))
        createdAt = try row.time(first + 4)
    }

    static func find(_ id: ID, in transaction: Transaction) throws -> Organization? {
        try transaction.row("SELECT \(columns) FROM organizations o WHERE o.id = ?", .id(id))
            .map { try Organization($0) }
    }

    static func find(slug: String, in transaction: Transaction) throws -> Organization? {
        try transaction.row("SELECT \(columns) FROM organizations o WHERE o.slug = ?", .text(slug))
            .map { try Organization($0) }
    }
}

extension Membership {
    init(_ row: Row) throws {
        organization = try Organization(row)
        role = try stored(row.text(Organization.columnCount))
    }

    /// The organizations a user belongs to, the one joined first at the head.
    static func all(of user: User.ID, in transaction: Transaction) throws -> [Membership] {
        try transaction.rows(
            """
            SELECT \(Organization.columns), m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id
            WHERE m.user_id = ? ORDER BY m.created_at, o.id
            """, .id(user)
        ).map(Membership.init)
    }

    static func find(
        _ user: User.ID, in organization: Organization.ID, _ transaction: Transaction
    ) throws -> Membership? {
        try transaction.row(
            """
            SELECT \(Organization.columns), m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id
            WHERE m.user_id = ? AND m.organization_id = ?
            """, .id(user), .id(organization)
        ).map(Membership.init)
    }

    static func hasOwner(_ organization: Organization.ID, in transaction: Transaction) throws -> Bool {
        try transaction.row(
            "SELECT 1 FROM memberships WHERE organization_id = ? AND role = 'owner' LIMIT 1", .id(organization)) != nil
    }
}
