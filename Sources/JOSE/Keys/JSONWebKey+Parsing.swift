extension JSONWebKey {
    /// Reads one key. Members that are not known are ignored (RFC 7517 §4); `x5u`, `x5c` and the like are among them,
    /// because nothing here fetches or trusts certificates.
    public init(parsing bytes: [UInt8]) throws(KeyError) {
        guard let value = try? JSONValue.parse(bytes) else { throw .malformed }
        try self.init(value)
    }

    /// Reads one key from JSON that has been parsed already.
    public init(_ value: JSONValue) throws(KeyError) {
        guard let object = value.object else { throw .malformed }
        let members = KeyMembers(object)
        if let secret = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"].first(where: { object[$0] != nil }) {
            throw .containsSecret(secret)
        }
        self.init(
            material: try members.material(),
            keyID: try members.optionalText("kid"),
            algorithm: try members.algorithm(),
            use: try members.optionalText("use"),
            operations: try members.operations())
        if let algorithm, algorithm.keyType != keyType { throw .algorithmMismatch }
    }
}

/// The members of a key, read strictly: what is there must have the right type.
struct KeyMembers {
    private let object: JSONObject

    init(_ object: JSONObject) {
        self.object = object
    }

    func text(_ name: String) throws(KeyError) -> String {
        guard let text = object[name]?.string else { throw .invalidMember(name) }
        return text
    }

    func optionalText(_ name: String) throws(KeyError) -> String? {
        object[name] == nil ? nil : try text(name)
    }

    func bytes(_ name: String) throws(KeyError) -> [UInt8] {
        guard let bytes = Base64URL.decode(try text(name)) else { throw .invalidMember(name) }
        return bytes
    }

    func algorithm() throws(KeyError) -> SignatureAlgorithm? {
        guard let name = try optionalText("alg") else { return nil }
        guard let algorithm = SignatureAlgorithm(rawValue: name) else { throw .unsupported(name) }
        return algorithm
    }

    func operations() throws(KeyError) -> [String]? {
        guard let value = object["key_ops"] else { return nil }
        guard let operations = value.strings else { throw .invalidMember("key_ops") }
        return operations
    }

    func material() throws(KeyError) -> JSONWebKey.Material {
        let keyType = try text("kty")
        switch keyType {
        case "EC":
            try curve("P-256")
            return .p256(x: try bytes("x", count: 32), y: try bytes("y", count: 32))
        case "OKP":
            try curve("Ed25519")
            return .ed25519(x: try bytes("x", count: 32))
        case "RSA": return .rsa(modulus: try number("n"), exponent: try number("e"))
        default: throw .unsupported(keyType)
        }
    }

    private func curve(_ expected: String) throws(KeyError) {
        let curve = try text("crv")
        guard curve == expected else { throw .unsupported(curve) }
    }

    /// A coordinate has the full length of its field (RFC 7518 §6.2.1.2), zeros included.
    private func bytes(_ name: String, count: Int) throws(KeyError) -> [UInt8] {
        let bytes = try bytes(name)
        guard bytes.count == count else { throw .invalidMember(name) }
        return bytes
    }

    /// A Base64urlUInt has no leading zeros (RFC 7518 §2).
    private func number(_ name: String) throws(KeyError) -> [UInt8] {
        let bytes = try bytes(name)
        guard let first = bytes.first, first != 0 else { throw .invalidMember(name) }
        return bytes
    }
}
