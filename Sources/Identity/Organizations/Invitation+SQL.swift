import Database
import JOSE

extension Invitation {
    static let columns = """
        i.id, i.organization_id, i.email, i.role, i.state, i.invited_by, i.created_at, i.expires_at
        """
    static let columnCount = 8

    init(_ row: Row) throws {
        let stored = try row.text(2)
        guard let email = EmailAddress(stored) else { throw DatabaseFailure.corrupt("an invitation has no address") }
        self.init(
            id: try row.id(0), organization: try row.id(1), email: email, role: try Identity.stored(row.text(3)),
            state: try Identity.stored(row.text(4)), invitedBy: try row.id(5), createdAt: try row.time(6),
            expiresAt: try row.time(7))
    }

    static func find(_ token: OneTimeSecret, in transaction: Transaction) throws -> Invitation? {
        try transaction.row("SELECT \(columns) FROM invitations i WHERE i.token_digest = ?", .blob(token.digest))
            .map(Invitation.init)
    }

    static func find(_ id: ID, in transaction: Transaction) throws -> Invitation? {
        try transaction.row("SELECT \(columns) FROM invitations i WHERE i.id = ?", .id(id)).map(Invitation.init)
    }

    /// Whether someone who reads this address is invited anywhere.
    static func isWaiting(for email: EmailAddress, at now: Instant, in transaction: Transaction) throws -> Bool {
        try transaction.row(
            """
            SELECT 1 FROM invitations i WHERE i.email_canonical = ? AND i.state = 'waiting' AND i.expires_at > ? LIMIT 1
            """, .text(email.canonical), .time(now)) != nil
    }

    /// Those of a member that wait to be accepted, a thousand at most.
    static func waiting(
        sentBy user: User.ID, in organization: Organization.ID, _ transaction: Transaction
    ) throws -> [Invitation] {
        try transaction.rows(
            """
            SELECT \(columns) FROM invitations i
            WHERE i.organization_id = ? AND i.state = 'waiting' AND i.invited_by = ? ORDER BY i.id LIMIT 1000
            """, .id(organization), .id(user)
        ).map(Invitation.init)
    }

    /// The one that waits for an address, expired or not: there is one at most.
    static func waiting(
        for email: EmailAddress, in organization: Organization.ID, _ transaction: Transaction
    ) throws -> Invitation? {
        try transaction.row(
            """
            SELECT \(columns) FROM invitations i
            WHERE i.organization_id = ? AND i.email_canonical = ? AND i.state = 'waiting'
            """, .id(organization), .text(email.canonical)
        ).map(Invitation.init)
    }

    static func countWaiting(
        in organization: Organization.ID, at now: Instant, _ transaction: Transaction
    ) throws -> Int64 {
        try transaction.row(
            "SELECT COUNT(*) FROM invitations WHERE organization_id = ? AND state = 'waiting' AND expires_at > ?",
            .id(organization), .time(now))?.integer(0) ?? 0
    }

    static func count(
        in organization: Organization.ID, since moment: Instant, _ transaction: Transaction
    ) throws -> Int64 {
        try transaction.row(
            "SELECT COUNT(*) FROM invitations WHERE organization_id = ? AND created_at > ?",
            .id(organization), .time(moment))?.integer(0) ?? 0
    }

    func insert(token: OneTimeSecret, in transaction: Transaction) throws -> Int {
        try transaction.run(
            """
            INSERT INTO invitations (id, organization_id, token_digest, email, email_canonical, role, state, invited_by,
                created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            .id(id), .id(organization), .blob(token.digest), .text(email.text), .text(email.canonical),
            .text(role.rawValue), .text(state.rawValue), .id(invitedBy), .time(createdAt), .time(expiresAt))
    }

    /// Ends one that waits. False when another caller was first.
    func end(_ state: State, by user: User.ID? = nil, in transaction: Transaction) throws -> Bool {
        try transaction.run(
            "UPDATE invitations SET state = ?, accepted_by = ? WHERE id = ? AND state = 'waiting'",
            .text(state.rawValue), .id(user), .id(id)) == 1
    }
}
