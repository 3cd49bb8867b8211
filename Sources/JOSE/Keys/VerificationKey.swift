/// A public key prepared for one algorithm, ready to check any number of signatures from any thread.
public struct VerificationKey: Sendable {
    /// The key's `kid`, or its thumbprint when it has none.
    public let keyID: String
    /// The one algorithm it verifies. A token that names another is refused.
    public let algorithm: SignatureAlgorithm

    private let prepared: PreparedVerification

    /// Checks the key (its point is on the curve, its size is acceptable) and prepares it.
    ///
    /// The algorithm is `algorithm`, or the key's own `alg`, or the usual one for its type, which is RS256 for RSA.
    public init(_ key: JSONWebKey, algorithm: SignatureAlgorithm? = nil) throws(KeyError) {
        guard (key.use ?? "sig") == "sig", key.operations?.contains("verify") ?? true else {
            throw .notForSignatures
        }
        let chosen = algorithm ?? key.algorithm ?? key.usualAlgorithm
        guard chosen.keyType == key.keyType, key.algorithm == nil || key.algorithm == chosen else {
            throw .algorithmMismatch
        }
        prepared = try PreparedVerification(KeyHandle(key.material), chosen)
        keyID = key.keyID ?? key.thumbprint
        self.algorithm = chosen
    }

    /// Whether `signature`, in the form of RFC 7518 §3, is this key's for `message`.
    public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        prepared.isValid(signature, for: message[...])
    }

    /// Whether `signature`, an ECDSA signature as X.509 and WebAuthn write it (DER, RFC 3279 §2.2.3), is this key's for
    /// `message`. No other writing of the same numbers is taken; a key of another algorithm has none in DER.
    public func isValid(der signature: [UInt8], for message: [UInt8]) -> Bool {
        guard algorithm == .es256, let raw = ECDSASignature.raw(fromDER: signature[...]) else { return false }
        return prepared.isValid(raw, for: message[...])
    }

    /// Whether it has verified so much that it has a table of its multiples.
    var hasTable: Bool { prepared.hasTable }

    func isValid(_ signature: [UInt8], for message: ArraySlice<UInt8>) -> Bool {
        prepared.isValid(signature, for: message)
    }
}

extension JSONWebKey {
    fileprivate var usualAlgorithm: SignatureAlgorithm {
        switch material {
        case .p256: .es256
        case .ed25519: .edDSA
        case .rsa: .rs256
        }
    }
}
