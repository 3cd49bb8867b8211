package import JOSE

/// The public key of a credential: a COSE_Key (RFC 9052 §7) as WebAuthn §6.5.1 narrows it, checked and ready to verify.
package struct CredentialPublicKey: Sendable {
    /// The COSE_Key as it came from the authenticator, which is how it is stored.
    package let encoded: [UInt8]
    /// `alg`: the one algorithm it is used with.
    package let algorithm: COSEAlgorithmIdentifier
    /// The same key for JOSE.
    package let key: JSONWebKey

    private let verification: VerificationKey

    /// Reads a COSE_Key, which must be all of `encoded`.
    package init(encoded: [UInt8]) throws(COSEKeyError) {
        guard let map = (try? CBORValue.decode(encoded))?.map else { throw .malformed }
        try self.init(map, encoded: encoded)
    }

    init(_ members: CBORMap, encoded: [UInt8]) throws(COSEKeyError) {
        guard let algorithm = members[COSEKey.algorithm]?.integer.flatMap(COSEAlgorithmIdentifier.init) else {
            throw .unsupportedAlgorithm
        }
        let material = try COSEKey(members).material(for: algorithm)
        let key = JSONWebKey(material, algorithm: algorithm.signatureAlgorithm)
        // This is where the point is checked to be on its curve.
        guard let verification = try? VerificationKey(key) else { throw .notAKey }
        self.encoded = encoded
        self.algorithm = algorithm
        self.key = key
        self.verification = verification
    }

    /// Whether `signature`, in the form of WebAuthn §6.5.5 (ECDSA in DER), is this key's for `message`.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        switch algorithm {
        case .es256: verification.isValid(der: signature, for: message)
        case .edDSA, .rs256: verification.isValid(signature, for: message)
        }
    }
}

extension CredentialPublicKey: Hashable {
    /// Whether the keys are written the same, which canonical CBOR makes the same as being the same.
    package static func == (left: CredentialPublicKey, right: CredentialPublicKey) -> Bool {
        left.encoded == right.encoded
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(encoded)
    }
}
