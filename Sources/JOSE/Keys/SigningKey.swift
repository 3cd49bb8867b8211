/// A private key prepared for one algorithm, ready to sign from any thread.
public struct SigningKey: Sendable {
    /// The algorithm it signs with.
    public let algorithm: SignatureAlgorithm
    /// The thumbprint of its public key (RFC 7638): the `kid` in every token it signs.
    public let keyID: String
    /// The other half, to be published.
    public let publicKey: JSONWebKey

    private let handle: KeyHandle
    private let prepared: PreparedSigning
    private let headers: TokenHeaders

    /// A new key: P-256 for ES256, Ed25519 for EdDSA, RSA of 3072 bits for RS256 and PS256. HS256 has none.
    public static func generate(_ algorithm: SignatureAlgorithm) throws(KeyError) -> SigningKey {
        try SigningKey(KeyHandle(generating: algorithm), algorithm)
    }

    /// Reads a PKCS#8 key in DER (RFC 5958), and refuses one whose halves do not belong together.
    public init(privateKey: Secret, algorithm: SignatureAlgorithm) throws(KeyError) {
        try self.init(KeyHandle(pkcs8: privateKey), algorithm)
    }

    private init(_ handle: KeyHandle, _ algorithm: SignatureAlgorithm) throws(KeyError) {
        let material = try handle.publicMaterial(for: algorithm)
        keyID = JSONWebKey(material).thumbprint
        publicKey = JSONWebKey(material, keyID: keyID, algorithm: algorithm)
        prepared = try PreparedSigning(handle, algorithm)
        headers = TokenHeaders(algorithm: algorithm, keyID: keyID)
        self.handle = handle
        self.algorithm = algorithm
        let probe = try prepared.sign([0x6C, 0x6B])
        guard try VerificationKey(publicKey).isValid(probe, for: [0x6C, 0x6B]) else { throw .notAKey }
    }

    /// The key as PKCS#8 in DER, for wrapping.
    public var privateKey: Secret {
        get throws(KeyError) { try handle.pkcs8() }
    }

    /// A signature in the form of RFC 7518 §3: r‖s for ES256.
    public func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        try prepared.sign(message)
    }

    /// A compact JWS (RFC 7515 §3.1) over `claims`, which are JSON, with `alg`, `kid` and `typ` in its header.
    public func token(type: String, claims: [UInt8]) throws(KeyError) -> String {
        var text = headers.prefix(for: type)
        Base64URL.append(claims, to: &text)
        let signature = try prepared.sign(text)
        text.append(UInt8(ascii: "."))
        Base64URL.append(signature, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
