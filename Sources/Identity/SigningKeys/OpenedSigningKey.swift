import JOSE

/// A signing key that this node has found genuine: opened by the master key, and of the name it bears.
struct OpenedSigningKey: Sendable {
    let publicKey: JSONWebKey
    /// Nil once it is retired.
    let signing: SigningKey?
}

/// Wraps signing keys with the master key, and opens them.
///
/// When a key retires, what signs is destroyed, and a proof takes its place that whoever held the master key knew the
/// key by this name. So whoever can write to the database, and has no more than that, cannot have a key of their own
/// published.
struct SigningKeyVault: Sendable {
    let wrapping: WrappingKey
    let random: RandomSource

    /// The algorithm of keys made from now on.
    static let algorithm = SignatureAlgorithm.es256

    /// A proof says this. Its name is of its own kind, so that neither a key nor a proof passes for the other.
    private static let proof = Array("retired".utf8)
    private static func name(ofProof keyID: String) -> String { "retired:" + keyID }

    func makeKey() throws -> NewSigningKey {
        let key = try SigningKey.generate(Self.algorithm)
        var json = JSONWriter()
        key.publicKey.write(to: &json)
        return NewSigningKey(
            keyID: key.keyID, algorithm: key.algorithm, publicKey: json.bytes,
            wrapped: wrapping.wrap(try key.privateKey, name: key.keyID, random: random))
    }

    func proof(of keyID: String) -> [UInt8] {
        wrapping.wrap(Secret(Self.proof), name: Self.name(ofProof: keyID), random: random)
    }

    func open(_ record: SigningKeyRecord) throws(UnreadableSigningKey) -> OpenedSigningKey {
        let opened = record.state == .retired ? openRetired(record) : openPrivate(record)
        guard let opened else { throw UnreadableSigningKey(keyID: record.keyID) }
        return opened
    }

    /// The same key wrapped by the present master key; nil when it is already, or cannot be opened at all.
    func rewrapped(_ record: SigningKeyRecord) -> [UInt8]? {
        let name = record.state == .retired ? Self.name(ofProof: record.keyID) : record.keyID
        return wrapping.rewrap(record.sealed, name: name, random: random)
    }

    private func openPrivate(_ record: SigningKeyRecord) -> OpenedSigningKey? {
        guard let algorithm = SignatureAlgorithm(rawValue: record.algorithm),
            let secret = wrapping.unwrap(record.sealed, name: record.keyID),
            let key = try? SigningKey(privateKey: secret, algorithm: algorithm), key.keyID == record.keyID
        else { return nil }
        return OpenedSigningKey(publicKey: key.publicKey, signing: key)
    }

    private func openRetired(_ record: SigningKeyRecord) -> OpenedSigningKey? {
        guard let algorithm = SignatureAlgorithm(rawValue: record.algorithm),
            let proof = wrapping.unwrap(record.sealed, name: Self.name(ofProof: record.keyID)),
            proof.matches(Self.proof),
            let key = try? JSONWebKey(parsing: Array(record.publicKey.utf8)), key.thumbprint == record.keyID
        else { return nil }
        let published = JSONWebKey(key.material, keyID: record.keyID, algorithm: algorithm)
        guard (try? VerificationKey(published)) != nil else { return nil }
        return OpenedSigningKey(publicKey: published, signing: nil)
    }
}
