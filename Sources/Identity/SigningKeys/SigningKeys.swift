import Database
import JOSE

/// Why the server does not start: the database holds signing keys that the master key at hand does not open.
package struct UnreadableSigningKey: Error, CustomStringConvertible {
    package let keyID: String

    package var description: String {
        """
        The signing key \(keyID) in the database cannot be opened with this master key. Either the key file is not the \
        one this database was made with, or one of the two is damaged. Put the right master key back, or restore \
        database and key from the same backup. Latchkey never replaces a key silently: every token signed with it \
        would become invalid.
        """
    }
}

/// Signing keys at rest: in the database, so that all nodes share them, and wrapped by the master key, so that a copy
/// of the database alone signs nothing.
struct SigningKeys: Sendable {
    let database: Database
    let random: RandomSource
    let keys: PurposeKeys
    let audit: AuditTrail

    /// The algorithm of keys made from now on.
    static let algorithm = SignatureAlgorithm.es256

    /// Whether the database holds keys already, which only the master key they were wrapped with can open.
    static func exist(in database: Database) async throws -> Bool {
        try await database.read { try $0.row("SELECT 1 FROM signing_keys LIMIT 1") != nil }
    }

    /// Loads the ring, with a first key made when there is none at all.
    func load(at now: Instant) async throws -> SigningKeyRing {
        let wrapping = keys.signingKeys
        let first = try SigningKey.generate(Self.algorithm)
        let wrapped = try wrapping.wrap(first.privateKey, name: first.keyID, random: random)
        let rows = try await database.write { transaction in
            if try transaction.row("SELECT 1 FROM signing_keys LIMIT 1") == nil {
                try insert(first, wrapped: wrapped, in: transaction, at: now)
            }
            return try transaction.rows(
                "SELECT key_id, algorithm, public_key, wrapped_private_key, state FROM signing_keys ORDER BY created_at"
            )
        }
        return SigningKeyRing(try contents(rows))
    }

    private func insert(_ key: SigningKey, wrapped: [UInt8], in transaction: Transaction, at now: Instant) throws {
        var json = JSONWriter()
        key.publicKey.write(to: &json)
        _ = try transaction.run(
            """
            INSERT INTO signing_keys (key_id, algorithm, public_key, wrapped_private_key, state, created_at)
            VALUES (?, ?, ?, ?, 'active', ?)
            """,
            .text(key.keyID), .text(key.algorithm.rawValue), .text(String(decoding: json.bytes, as: UTF8.self)),
            .blob(wrapped), .time(now))
        let event = AuditEvent(.signingKeyCreated, detail: ["kid": key.keyID, "alg": key.algorithm.rawValue])
        try audit.record(event, in: transaction, at: now, from: .server)
    }

    private func contents(_ rows: [Row]) throws -> SigningKeyRing.Contents {
        var active: SigningKey?
        var published: [JSONWebKey] = []
        for row in rows {
            let keyID = try row.text(0)
            guard let algorithm = SignatureAlgorithm(rawValue: try row.text(1)),
                let secret = keys.signingKeys.unwrap(try row.blob(3), name: keyID),
                let key = try? SigningKey(privateKey: secret, algorithm: algorithm), key.keyID == keyID
            else { throw UnreadableSigningKey(keyID: keyID) }
            published.append(key.publicKey)
            if try row.text(4) == "active" { active = key }
        }
        guard let active else { throw DatabaseFailure.corrupt("no signing key is active") }
        return SigningKeyRing.Contents(active: active, published: published)
    }
}
