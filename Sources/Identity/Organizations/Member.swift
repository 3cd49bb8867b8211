import Database
package import JOSE

/// Someone who belongs to an organization, as the others see them.
package struct Member: Sendable {
    package let user: User.ID
    package let email: EmailAddress
    package let name: String
    package var role: Role
    package let joinedAt: Instant
}

/// A change of one member's place, asked for by a member.
struct MemberChange: Sendable {
    let actor: Role
    let isSelf: Bool
    /// The role of the member concerned.
    let role: Role
    /// How many others own the organization and may sign in.
    let otherOwners: Int64

    /// What stands against giving the member another role.
    func refusal(changingTo wanted: Role) -> OrganizationRefusal? {
        guard actor.may(.changeRoles) else { return .notAllowed(.changeRoles) }
        if role == wanted { return nil }
        if role == .owner || wanted == .owner {
            guard actor.may(.changeOwners) else { return .notAllowed(.changeOwners) }
        }
        return role == .owner && otherOwners < 1 ? .lastOwner : nil
    }

    /// What stands against the member's leaving, or being removed.
    var refusalOfRemoval: OrganizationRefusal? {
        if !isSelf {
            guard actor.may(.removeMembers) else { return .notAllowed(.removeMembers) }
            guard role != .owner || actor.may(.changeOwners) else { return .notAllowed(.changeOwners) }
        }
        return role == .owner && otherOwners < 1 ? .lastOwner : nil
    }
}

extension Member {
    static let columns = "m.user_id, u.email, u.name, m.role, m.created_at"

    init(_ row: Row) throws {
        user = try row.id(0)
        let stored = try row.text(1)
        guard let email = EmailAddress(stored) else { throw DatabaseFailure.corrupt("user \(user) has no address") }
        self.email = email
        name = try row.text(2)
        role = try Identity.stored(row.text(3))
        joinedAt = try row.time(4)
    }

    static func find(
        _ user: User.ID, in organization: Organization.ID, _ transaction: Transaction
    ) throws -> Member? {
        try transaction.row(
            """
            SELECT \(columns) FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.user_id = ? AND m.organization_id = ?
            """, .id(user), .id(organization)
        ).map(Member.init)
    }

    static func page(
        _ page: Page, of organization: Organization.ID, in transaction: Transaction
    ) throws -> Paged<Member> {
        let members = try transaction.rows(
            """
            SELECT \(columns) FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = ? ORDER BY m.created_at, m.user_id LIMIT ? OFFSET ?
            """, .id(organization), .integer(page.limit), .integer(page.offset)
        ).map(Member.init)
        return Paged(items: members, page: page, total: try count(of: organization, in: transaction))
    }

    static func count(of organization: Organization.ID, in transaction: Transaction) throws -> Int64 {
        try transaction.row("SELECT COUNT(*) FROM memberships WHERE organization_id = ?", .id(organization))?
            .integer(0) ?? 0
    }

    /// Owners but one who may sign in: a disabled owner owns nothing that anyone could act by.
    static func owners(
        of organization: Organization.ID, but user: User.ID, in transaction: Transaction
    ) throws -> Int64 {
        try transaction.row(
            """
            SELECT COUNT(*) FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = ? AND m.role = 'owner' AND m.user_id <> ? AND u.disabled_at IS NULL
            """, .id(organization), .id(user))?.integer(0) ?? 0
    }

    /// Those who look after an organization and are told what becomes of its things, as far as they may sign in: owners
    /// first, and no more than ``maximumTold``.
    static func admins(of organization: Organization.ID, in transaction: Transaction) throws -> [Member] {
        try transaction.rows(
            """
            SELECT \(columns) FROM memberships m JOIN users u ON u.id = m.user_id
            WHERE m.organization_id = ? AND m.role IN ('owner', 'admin') AND u.disabled_at IS NULL
            ORDER BY m.role DESC, m.created_at, m.user_id LIMIT ?
            """, .id(organization), .integer(maximumTold)
        ).map(Member.init)
    }

    /// People told by mail about one organization.
    static let maximumTold: Int64 = 100
}
