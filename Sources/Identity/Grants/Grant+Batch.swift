import Database
import JOSE

// Grants by the dozen: one statement, whose text is one of a few, so that it stays prepared.

extension Grant {
    /// A grant whose present generation is not in the database yet.
    struct Rotation {
        let grant: Grant
        /// The generation as stored.
        let from: Int64
    }

    /// Grants with all that their rules ask about, in one look at the database.
    static func findWithStanding(
        _ ids: [ID], _ resourceServers: ResourceServers, in transaction: Transaction
    ) throws -> [ID: (grant: Grant, standing: Standing)] {
        var found: [ID: (grant: Grant, standing: Standing)] = [:]
        var clients: [Client.ID: Client] = [:]
        for chunk in BatchSize.chunks(of: ids) {
            // What is asked for twice is answered once.
            let padding = repeatElement(chunk.items[0], count: chunk.size.rawValue - chunk.items.count)
            let rows = try transaction.rows(selects[chunk.size, default: ""], (chunk.items + padding).map { .id($0) })
            for row in rows {
                let grant = try Grant(row)
                let client = try clients[grant.client] ?? Client(row, first: columnCount + 3)
                clients[grant.client] = client
                let standing = Standing(
                    userIsEnabled: try row.optionalInteger(columnCount) == nil,
                    role: try row.optionalText(columnCount + 1).map { try stored($0) },
                    client: client,
                    catalog: try resourceServers.catalog(of: try row.integer(columnCount + 2), in: transaction))
                found[grant.id] = (grant, standing)
            }
        }
        return found
    }

    private static let selects = BatchSize.texts { size in
        """
        SELECT \(columns), u.disabled_at, m.role, (SELECT revision FROM scope_catalog WHERE id = 1), \(Client.columns)
        FROM grants g
        JOIN users u ON u.id = g.user_id
        JOIN clients c ON c.id = g.client_id
        LEFT JOIN memberships m ON m.user_id = g.user_id AND m.organization_id = g.organization_id
        WHERE g.id IN (\(size.list("?")))
        """
    }

    /// Saves rotations by compare-and-set. Transactions are serial, so the rows are as they were read; one that is not
    /// is never saved.
    static func save(_ rotations: [Rotation], in transaction: Transaction) throws {
        if rotations.count == 1 { return try rotations[0].save(in: transaction) }
        for chunk in BatchSize.chunks(of: rotations) {
            let padding = repeatElement(SQLValue.null, count: 7 * (chunk.size.rawValue - chunk.items.count))
            let count = try transaction.run(updates[chunk.size, default: ""], chunk.items.flatMap(\.values) + padding)
            guard count == chunk.items.count else {
                throw DatabaseFailure.misuse("\(count) of \(chunk.items.count) rotations were saved")
            }
        }
    }

    private static let updates = BatchSize.texts { size in
        let first = """
            (CAST(? AS INTEGER), CAST(? AS INTEGER), CAST(? AS BLOB), CAST(? AS INTEGER), CAST(? AS TEXT),
                CAST(? AS INTEGER), CAST(? AS INTEGER))
            """
        return """
            WITH new (generation, rotated_at, rotation_key, last_used_at, last_used_address, id, former) AS
                (VALUES \(size.list("(?, ?, ?, ?, ?, ?, ?)", first: first)))
            UPDATE grants SET generation = new.generation, rotated_at = new.rotated_at,
                rotation_key = new.rotation_key, last_used_at = new.last_used_at,
                last_used_address = new.last_used_address
            FROM new
            WHERE grants.id = new.id AND grants.generation = new.former AND grants.revoked_at IS NULL
            """
    }
}

extension Grant.Rotation {
    fileprivate var values: [SQLValue] {
        [
            .integer(grant.generation), .time(grant.rotatedAt), .optional(grant.rotationKey), .time(grant.lastUsedAt),
            .text(grant.lastUsedAddress), .id(grant.id), .integer(from),
        ]
    }

    /// One alone travels with its commit.
    fileprivate func save(in transaction: Transaction) throws {
        try transaction.changeOne(
            """
            UPDATE grants SET generation = ?, rotated_at = ?, rotation_key = ?, last_used_at = ?, last_used_address = ?
            WHERE id = ? AND generation = ? AND revoked_at IS NULL
            """, values)
    }
}
