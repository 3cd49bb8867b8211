import Database
import JOSE
import WebAuthn

extension Passkey {
    static let columns = """
        p.id, p.user_id, p.credential_id, p.public_key, p.sign_count, p.transports, p.backup_eligible, p.backed_up,
        p.aaguid, p.name, p.created_at, p.last_used_at, p.counter_regressed_at
        """

    init(_ row: Row) throws {
        let id: ID = try row.id(0)
        guard let publicKey = try? CredentialPublicKey(encoded: try row.blob(3)),
            let signCount = UInt32(exactly: try row.integer(4)), let aaguid = AAGUID(try row.blob(8))
        else { throw DatabaseFailure.corrupt("passkey \(id) is none") }
        self.init(
            id: id, user: try row.id(1), credentialID: try row.blob(2), publicKey: publicKey, signCount: signCount,
            transports: try row.words(5), backupEligible: try row.bool(6), backedUp: try row.bool(7), aaguid: aaguid,
            name: try row.text(9), createdAt: try row.time(10), lastUsedAt: try row.optionalTime(11),
            counterRegressedAt: try row.optionalTime(12))
    }

    static func find(_ id: ID, of user: User.ID, in transaction: Transaction) throws -> Passkey? {
        try transaction.row(
            "SELECT \(columns) FROM passkeys p WHERE p.id = ? AND p.user_id = ?", .id(id), .id(user)
        ).map { try Passkey($0) }
    }

    static func find(credentialID: [UInt8], in transaction: Transaction) throws -> Passkey? {
        try transaction.row("SELECT \(columns) FROM passkeys p WHERE p.credential_id = ?", .blob(credentialID))
            .map { try Passkey($0) }
    }

    /// In the order in which they were made.
    static func all(of user: User.ID, in transaction: Transaction) throws -> [Passkey] {
        try transaction.rows(
            "SELECT \(columns) FROM passkeys p WHERE p.user_id = ? ORDER BY p.created_at, p.id", .id(user)
        ).map { try Passkey($0) }
    }

    /// How many rows that made: none when the identifier is taken.
    func insert(in transaction: Transaction) throws -> Int {
        try transaction.run(
            """
            INSERT INTO passkeys (id, user_id, credential_id, public_key, sign_count, transports, backup_eligible,
                backed_up, aaguid, name, created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
            """,
            .id(id), .id(user), .blob(credentialID), .blob(publicKey.encoded), .integer(Int64(signCount)),
            .words(transports), .bool(backupEligible), .bool(backedUp), .blob(aaguid.bytes), .text(name),
            .time(createdAt))
    }

    /// Saves what a sign-in changed: false when another sign-in was first, and the counter is no longer what was looked
    /// at.
    func save(after former: Passkey, in transaction: Transaction) throws -> Bool {
        try transaction.run(
            """
            UPDATE passkeys SET sign_count = ?, backed_up = ?, last_used_at = ?, counter_regressed_at = ?
            WHERE id = ? AND sign_count = ?
            """,
            .integer(Int64(signCount)), .bool(backedUp), .time(lastUsedAt), .time(counterRegressedAt), .id(id),
            .integer(Int64(former.signCount))) == 1
    }

    /// - Parameter login: by which something is done to it; nil: it is what someone shows, or an operator takes it away.
    func event(
        _ kind: AuditEvent.Kind, by login: LivingLogin? = nil, _ detail: [String: String] = [:]
    ) -> AuditEvent {
        let detail = detail.merging(["passkey": id.description]) { $1 }
        return login.map { AuditEvent(kind, by: $0, detail: detail) } ?? AuditEvent(kind, user: user, detail: detail)
    }
}
