import Database
import JOSE

extension DeviceAuthorization {
    static let columns = """
        d.id, d.client_id, d.scopes, d.audience, d.organization_slug, d.state, d.address, d.agent, d.created_at,
        d.expires_at, d.session_id, d.user_id, d.organization_id, d.auth_time, d.amr
        """
    private static let columnCount = 15
    private static let findSQL = """
        SELECT \(columns), \(Client.columns) FROM device_authorizations d JOIN clients c ON c.id = d.client_id
        WHERE d.device_code_digest = ?
        """

    init(_ row: Row) throws {
        var approval: Approval?
        if let user: User.ID = try row.optionalID(11), let organization: Organization.ID = try row.optionalID(12) {
            approval = Approval(
                user: user, organization: organization, authTime: try row.time(13), amr: try row.words(14))
        }
        self.init(
            id: try row.id(0), client: try row.id(1), scopes: try row.scopes(2), audience: try row.optionalText(3),
            organizationSlug: try row.optionalText(4), state: try stored(row.text(5)), address: try row.text(6),
            agent: try row.text(7), createdAt: try row.time(8), expiresAt: try row.time(9),
            session: try row.optionalID(10), approval: approval)
    }

    /// An authorization with its client, in one look at the database.
    static func find(
        deviceCode: OneTimeSecret, in transaction: Transaction
    ) throws -> (authorization: DeviceAuthorization, client: Client)? {
        let row = try transaction.row(findSQL, .blob(deviceCode.digest))
        return try row.map { (try DeviceAuthorization($0), try Client($0, first: columnCount)) }
    }

    static func find(_ userCode: UserCode, key: PurposeKey, in transaction: Transaction) throws -> DeviceAuthorization?
    {
        try transaction.row(
            "SELECT \(columns) FROM device_authorizations d WHERE d.user_code_code = ?", .blob(userCode.code(key))
        ).map(DeviceAuthorization.init)
    }

    /// Inserts it. False when its identifier or user code is taken.
    func insert(
        deviceCode: OneTimeSecret, userCode: UserCode, key: PurposeKey, in transaction: Transaction
    ) throws -> Bool {
        try transaction.run(
            """
            INSERT INTO device_authorizations (id, device_code_digest, user_code_code, client_id, scopes, audience,
                organization_slug, state, address, agent, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
            .id(id), .blob(deviceCode.digest), .blob(userCode.code(key)), .id(client), .scopes(scopes),
            .optional(audience), .optional(organizationSlug), .text(state.rawValue), .text(address), .text(agent),
            .time(createdAt), .time(expiresAt)) == 1
    }

    func saveOpening(in transaction: Transaction) throws -> Bool {
        try transaction.run(
            """
            UPDATE device_authorizations SET session_id = ?
            WHERE id = ? AND state = 'pending' AND (session_id IS NULL OR session_id = ?)
            """, .id(session), .id(id), .id(session)) == 1
    }

    /// Saves a step from one state to the next: false when another caller was first.
    func saveState(after former: State, in transaction: Transaction) throws -> Bool {
        try transaction.run(
            """
            UPDATE device_authorizations
            SET state = ?, user_id = ?, organization_id = ?, auth_time = ?, amr = ? WHERE id = ? AND state = ?
            """,
            .text(state.rawValue), .id(approval?.user), .id(approval?.organization), .time(approval?.authTime),
            .optional(approval?.amr.wordList), .id(id), .text(former.rawValue)) == 1
    }
}
