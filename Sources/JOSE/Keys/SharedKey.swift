/// A secret for HS256, held by the one who signs and the one who verifies.
///
/// It is made from a `Secret` or an `oct` key alone, and has its own way of verifying: no public key can ever end up
/// as an HMAC key, however a token's header is written.
public struct SharedKey: Sendable {
    /// The `kid` in the tokens it signs, when it has one.
    public let keyID: String?

    private let mac: HMACSHA256
    private let headers: TokenHeaders

    /// At least 256 bits (RFC 7518 §3.2).
    public init(_ secret: Secret, keyID: String? = nil) throws(KeyError) {
        guard secret.count >= 32 else { throw .unacceptableSize(bits: secret.count * 8) }
        self.keyID = keyID
        mac = HMACSHA256(key: secret)
        headers = TokenHeaders(algorithm: .hs256, keyID: keyID)
    }

    /// Reads an `oct` key (RFC 7518 §6.4), which must be for HS256 when it names an algorithm.
    public init(parsing bytes: [UInt8]) throws(KeyError) {
        guard let object = (try? JSONValue.parse(bytes))?.object else { throw .malformed }
        let members = KeyMembers(object)
        let keyType = try members.text("kty")
        guard keyType == "oct" else { throw .unsupported(keyType) }
        guard try members.algorithm() ?? .hs256 == .hs256 else { throw .algorithmMismatch }
        try self.init(Secret(try members.bytes("k")), keyID: try members.optionalText("kid"))
    }

    /// The 32 bytes of the code.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        mac.code(for: message)
    }

    /// Whether `signature` is the code of `message`, in constant time.
    public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        mac.isValid(signature, for: message)
    }

    /// A compact JWS over `claims`, which are JSON.
    public func token(type: String, claims: [UInt8]) -> String {
        var text = headers.prefix(for: type)
        Base64URL.append(claims, to: &text)
        let code = mac.code(for: text)
        text.append(UInt8(ascii: "."))
        Base64URL.append(code, to: &text)
        return String(decoding: text, as: UTF8.self)
    }
}
