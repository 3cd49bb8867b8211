import Database
import JOSE

extension APIToken {
    static let columns = """
        t.id, t.organization_id, t.label, t.access, t.scopes, t.resources, t.code, t.last_four, t.generation,
        t.former_code, t.former_ends_at, t.created_by, t.created_at, t.rotated_at, t.expires_at, t.revoked_at
        """
    static let columnCount = 16

    init(_ row: Row) throws {
        id = try row.id(0)
        organization = try row.id(1)
        label = try row.text(2)
        access = try stored(row.text(3))
        scopes = try row.scopes(4)
        resources = try row.optionalText(5).map { text in
            // What cannot be read must not become a token without restrictions.
            guard let resources = ResourceRestrictions(stored: text) else {
                throw DatabaseFailure.corrupt("an API token has restrictions that cannot be read")
            }
            return resources
        }
        code = try row.blob(6)
        lastFour = try row.text(7)
        generation = try row.integer(8)
        if let code = try row.optionalBlob(9) { former = FormerSecret(code: code, endsAt: try row.time(10)) }
        createdBy = try row.id(11)
        createdAt = try row.time(12)
        rotatedAt = try row.optionalTime(13)
        expiresAt = try row.optionalTime(14)
        revokedAt = try row.optionalTime(15)
    }

    static func find(
        _ id: ID, of organization: Organization.ID, in transaction: Transaction
    ) throws -> APIToken? {
        try transaction.row(
            "SELECT \(columns) FROM api_tokens t WHERE t.id = ? AND t.organization_id = ?", .id(id), .id(organization)
        ).map(APIToken.init)
    }

    static func livingCount(of organization: Organization.ID, in transaction: Transaction) throws -> Int64 {
        try transaction.row(
            "SELECT COUNT(*) FROM api_tokens WHERE organization_id = ? AND revoked_at IS NULL", .id(organization))?
            .integer(0) ?? 0
    }

    func insert(in transaction: Transaction) throws -> Int {
        try transaction.run(
            """
            INSERT INTO api_tokens (id, organization_id, label, access, scopes, resources, code, last_four, generation,
                created_by, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            .id(id), .id(organization), .text(label), .text(access.rawValue), .scopes(scopes),
            .optional(resources?.text), .blob(code), .text(lastFour), .integer(generation), .id(createdBy),
            .time(createdAt), .time(expiresAt))
    }

    /// Saves what rotating changed. The generation before must still be the one in the table.
    func saveRotation(in transaction: Transaction) throws {
        try transaction.changeOne(
            """
            UPDATE api_tokens SET code = ?, last_four = ?, generation = ?, former_code = ?, former_ends_at = ?,
                rotated_at = ? WHERE id = ? AND generation = ? AND revoked_at IS NULL
            """,
            .blob(code), .text(lastFour), .integer(generation), .optional(former?.code), .time(former?.endsAt),
            .time(rotatedAt), .id(id), .integer(generation - 1))
    }

    func saveLabel(in transaction: Transaction) throws {
        try transaction.changeOne("UPDATE api_tokens SET label = ? WHERE id = ?", .text(label), .id(id))
    }

    /// Saves its end.
    func saveRevocation(in transaction: Transaction) throws {
        try transaction.changeOne(
            "UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", .time(revokedAt), .id(id))
    }
}
