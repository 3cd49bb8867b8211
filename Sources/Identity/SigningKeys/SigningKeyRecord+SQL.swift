import Database
import JOSE

extension SigningKeyRecord {
    fileprivate static let columns = """
        key_id, algorithm, public_key, wrapped_private_key, state, created_at, activates_at, activated_at, retired_at,
        published_until, publication
        """

    fileprivate init(_ row: Row) throws {
        keyID = try row.text(0)
        algorithm = try row.text(1)
        publicKey = try row.text(2)
        sealed = try row.blob(3)
        state = try stored(row.text(4))
        createdAt = try row.time(5)
        activatesAt = try row.optionalTime(6)
        activatedAt = try row.optionalTime(7)
        retiredAt = try row.optionalTime(8)
        publishedUntil = try row.optionalTime(9)
        publication = .microseconds(try row.integer(10))
    }
}

extension SigningKeySet {
    /// All of them, as they are now.
    static func load(in transaction: Transaction) throws -> SigningKeySet {
        let rows = try transaction.rows(
            "SELECT \(SigningKeyRecord.columns) FROM signing_keys ORDER BY created_at, key_id")
        return SigningKeySet(try rows.map(SigningKeyRecord.init))
    }
}

/// A new key on its way into the database: made and wrapped before the transaction begins.
struct NewSigningKey: Sendable {
    let keyID: String
    let algorithm: SignatureAlgorithm
    let publicKey: [UInt8]
    let wrapped: [UInt8]

    /// - Parameter activatesAt: nil for a key that signs at once.
    func insert(
        activatesAt: Instant?, publication: Duration, in transaction: Transaction, at now: Instant
    ) throws {
        let state: SigningKeyRecord.State = activatesAt == nil ? .active : .pending
        _ = try transaction.run(
            """
            INSERT INTO signing_keys (key_id, algorithm, public_key, wrapped_private_key, state, created_at,
                activates_at, activated_at, publication)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(keyID), .text(algorithm.rawValue), .text(String(decoding: publicKey, as: UTF8.self)),
            .blob(wrapped), .text(state.rawValue), .time(now), .time(activatesAt),
            .time(activatesAt == nil ? now : nil), .integer(publication.wholeMicroseconds))
    }
}
