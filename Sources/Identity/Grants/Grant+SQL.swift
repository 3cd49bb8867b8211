import Database
import JOSE

extension Grant {
    static let columns = """
        g.id, g.user_id, g.client_id, g.organization_id, g.scopes, g.audience, g.secret, g.generation, g.auth_time,
        g.amr, g.device, g.created_at, g.created_address, g.last_used_at, g.last_used_address, g.rotated_at,
        g.rotation_key, g.expires_at, g.revoked_at, g.revocation_reason, \(Epoch.seed), g.proven_at, g.proof
        """
    static let columnCount = 23

    init(_ row: Row) throws {
        id = try row.id(0)
        user = try row.id(1)
        client = try row.id(2)
        organization = try row.id(3)
        scopes = try row.scopes(4)
        audience = try row.optionalText(5)
        secret = Secret(try row.blob(6))
        generation = try row.integer(7)
        authTime = try row.time(8)
        amr = try row.words(9)
        device = try row.text(10)
        createdAt = try row.time(11)
        createdAddress = try row.text(12)
        lastUsedAt = try row.time(13)
        lastUsedAddress = try row.text(14)
        rotatedAt = try row.optionalTime(15)
        rotationKey = try row.optionalBlob(16)
        expiresAt = try row.time(17)
        revokedAt = try row.optionalTime(18)
        // A node of a later version may have ended it for a reason of its own. It is over all the same.
        revocationReason = try row.optionalText(19).flatMap(RevocationReason.init(rawValue:))
        epoch = try row.blob(20)
        stepUp = try StepUp(row, first: 21)
    }

    static func find(_ id: ID, in transaction: Transaction) throws -> Grant? {
        try transaction.row("SELECT \(columns) FROM grants g WHERE g.id = ?", .id(id)).map(Grant.init)
    }

    /// Those of a user that nobody has ended, in all organizations or in one.
    static func unrevoked(
        of user: User.ID, in organization: Organization.ID? = nil, _ transaction: Transaction
    ) throws -> [Grant] {
        let ofUser = "SELECT \(columns) FROM grants g WHERE g.user_id = ? AND g.revoked_at IS NULL"
        guard let organization else { return try transaction.rows(ofUser, .id(user)).map(Grant.init) }
        return try transaction.rows(ofUser + " AND g.organization_id = ?", .id(user), .id(organization))
            .map(Grant.init)
    }

    /// Saves the end of a grant. False when it had ended before.
    func saveRevocation(in transaction: Transaction) throws -> Bool {
        try transaction.run(
            "UPDATE grants SET revoked_at = ?, revocation_reason = ? WHERE id = ? AND revoked_at IS NULL",
            .time(revokedAt), .optional(revocationReason?.rawValue), .id(id)) == 1
    }

    func insert(in transaction: Transaction) throws -> Int {
        try transaction.run(
            """
            INSERT INTO grants (id, user_id, client_id, organization_id, scopes, audience, secret, generation,
                auth_time, amr, device, created_at, created_address, last_used_at, last_used_address, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            .id(id), .id(user), .id(client), .id(organization), .scopes(scopes), .optional(audience),
            .blob(secret.withBytes { Array($0) }), .integer(generation), .time(authTime), .words(amr), .text(device),
            .time(createdAt), .text(createdAddress), .time(lastUsedAt), .text(lastUsedAddress), .time(expiresAt))
    }
}
