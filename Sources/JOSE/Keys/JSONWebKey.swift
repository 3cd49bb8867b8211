/// A public key as RFC 7517 and RFC 8037 write it. Secret keys have other types: `SigningKey` and `SharedKey`.
public struct JSONWebKey: Hashable, Sendable {
    /// The key itself. Numbers are big-endian.
    public enum Material: Hashable, Sendable {
        /// A point of NIST P-256: two coordinates of 32 bytes (RFC 7518 §6.2).
        case p256(x: [UInt8], y: [UInt8])
        /// An Ed25519 public key of 32 bytes (RFC 8037 §2).
        case ed25519(x: [UInt8])
        /// An RSA key, without leading zeros (RFC 7518 §6.3).
        case rsa(modulus: [UInt8], exponent: [UInt8])
    }

    /// The key itself.
    public let material: Material
    /// `kid`: the name by which tokens refer to it.
    public let keyID: String?
    /// `alg`: the one algorithm it may be used with, when it says so.
    public let algorithm: SignatureAlgorithm?
    /// `use`, which is `sig` for the keys that concern us.
    public let use: String?
    /// `key_ops`: what it may be used for, when it says so.
    public let operations: [String]?

    /// A key for signatures.
    public init(_ material: Material, keyID: String? = nil, algorithm: SignatureAlgorithm? = nil) {
        self.material = material
        self.keyID = keyID
        self.algorithm = algorithm
        use = "sig"
        operations = nil
    }

    init(material: Material, keyID: String?, algorithm: SignatureAlgorithm?, use: String?, operations: [String]?) {
        self.material = material
        self.keyID = keyID
        self.algorithm = algorithm
        self.use = use
        self.operations = operations
    }

    /// `kty`: `EC`, `OKP` or `RSA`.
    public var keyType: String {
        switch material {
        case .p256: "EC"
        case .ed25519: "OKP"
        case .rsa: "RSA"
        }
    }

    /// Base64url of SHA-256 over the required members alone (RFC 7638): the same for everyone who has the key.
    public var thumbprint: String {
        var json = JSONWriter()
        json.beginObject()
        // RFC 7638 §3.3: the members in the order of their names.
        for (name, value) in requiredMembers.sorted(by: { $0.name < $1.name }) { json.member(name, value) }
        json.endObject()
        return Base64URL.encode(SHA256.hash(json.bytes))
    }

    /// Writes the key as an object: an element of an array, or the document itself.
    public func write(to json: inout JSONWriter) {
        json.beginObject()
        for (name, value) in requiredMembers { json.member(name, value) }
        if let algorithm { json.member("alg", algorithm.rawValue) }
        if let keyID { json.member("kid", keyID) }
        if let use { json.member("use", use) }
        if let operations { json.member("key_ops", operations) }
        json.endObject()
    }

    private var requiredMembers: [(name: String, value: String)] {
        let kty = ("kty", keyType)
        return switch material {
        case .p256(let x, let y):
            [kty, ("crv", "P-256"), ("x", Base64URL.encode(x)), ("y", Base64URL.encode(y))]
        case .ed25519(let x): [kty, ("crv", "Ed25519"), ("x", Base64URL.encode(x))]
        case .rsa(let modulus, let exponent):
            [kty, ("n", Base64URL.encode(modulus)), ("e", Base64URL.encode(exponent))]
        }
    }
}
