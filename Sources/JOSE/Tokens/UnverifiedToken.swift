/// A compact JWS (RFC 7515 §7.1) that nobody has verified. It shows its header, so that the key can be found; the
/// only way to its claims is through a key.
public struct UnverifiedToken: Sendable {
    /// The protected header.
    public struct Header: Hashable, Sendable {
        /// `alg`, from the table of what is spoken here.
        public let algorithm: SignatureAlgorithm
        /// `kid`. It comes from whoever sent the token: look it up, never build a path or a query from it.
        public let keyID: String?
        /// `typ`, as written.
        public let type: String?
    }

    /// The longest token that is read, in bytes.
    public static let maximumLength = 16 * 1024

    /// What the sender says about the token.
    public let header: Header

    /// A header with the text it was read from. An issuer writes the same one before every token of a key; who has read it
    /// once need not read it again.
    public struct KnownHeader: Sendable {
        let text: ArraySlice<UInt8>
        let header: Header
    }

    /// The header of this token, to be known again.
    public var knownHeader: KnownHeader {
        KnownHeader(text: ArraySlice(Array(signingInput.prefix { $0 != UInt8(ascii: ".") })), header: header)
    }

    private let signingInput: ArraySlice<UInt8>
    private let payload: [UInt8]
    private let signature: [UInt8]

    /// Takes a token apart, strictly.
    public init(parsing text: String) throws(TokenError) {
        try self.init(parsing: Array(text.utf8))
    }

    /// As `init(parsing:)` above, from ASCII.
    ///
    /// - Parameters:
    ///   - maximumLength: what is longer is refused; of another bound than usual for what is no access token.
    ///   - known: a header that was read before: where this token has the same, byte for byte, it is not read again.
    public init(
        parsing text: [UInt8], maximumLength: Int = maximumLength, known: KnownHeader? = nil
    ) throws(TokenError) {
        guard text.count <= maximumLength else { throw .tooLong }
        let parts = text.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3,
            let payload = Base64URL.decode(contiguous: parts[1]),
            let signature = Base64URL.decode(contiguous: parts[2])
        else { throw .malformed }
        if let known, known.text == parts[0] {
            header = known.header
        } else {
            guard let text = Base64URL.decode(contiguous: parts[0]) else { throw .malformed }
            header = try Header(parsing: text)
        }
        self.payload = payload
        self.signature = signature
        signingInput = text[..<parts[1].endIndex]
    }

    /// The claims, once `key` has verified the signature.
    public func verified(by key: VerificationKey) throws(TokenError) -> JSONObject {
        try Self.claims(in: payload(verifiedBy: key))
    }

    /// The claims, once the shared secret has verified the code.
    public func verified(by key: SharedKey) throws(TokenError) -> JSONObject {
        try Self.claims(in: payload(verifiedBy: key))
    }

    /// The signed bytes, which need not be JSON, once `key` has verified the signature.
    public func payload(verifiedBy key: VerificationKey) throws(TokenError) -> [UInt8] {
        // The algorithm is the key's; the header may only agree with it (RFC 8725 §3.1).
        guard header.algorithm == key.algorithm, header.keyID.map({ $0.isExactly(key.keyID) }) ?? true else {
            throw .wrongKey
        }
        guard key.isValid(signature, for: signingInput) else { throw .invalidSignature }
        return payload
    }

    /// The signed bytes, which need not be JSON, once the shared secret has verified the code.
    public func payload(verifiedBy key: SharedKey) throws(TokenError) -> [UInt8] {
        guard header.algorithm == .hs256 else { throw .wrongKey }
        if let name = header.keyID, let keyID = key.keyID, !name.isExactly(keyID) { throw .wrongKey }
        guard key.isValid(signature, for: Array(signingInput)) else { throw .invalidSignature }
        return payload
    }

    private static func claims(in payload: [UInt8]) throws(TokenError) -> JSONObject {
        guard case .object(let claims)? = try? JSONValue.parse(payload) else { throw .invalidClaims }
        return claims
    }
}

extension UnverifiedToken.Header {
    /// What would change how the token is read (`crit`, `b64`: RFC 7515 §4.1.11, RFC 7797), or brings or names a key
    /// of the sender's choice (RFC 7515 §4.1.2, §4.1.3, §4.1.5, §4.1.6).
    private static let refused = ["crit", "b64", "jku", "jwk", "x5u", "x5c"]

    init(parsing bytes: [UInt8]) throws(TokenError) {
        guard case .object(let members)? = try? JSONValue.parse(bytes, maximumDepth: 8) else { throw .invalidHeader }
        if let name = Self.refused.first(where: { members[$0] != nil }) { throw .refusedHeaderMember(name) }
        guard let name = members["alg"]?.string else { throw .invalidHeader }
        guard let algorithm = SignatureAlgorithm(rawValue: name) else { throw .unknownAlgorithm }
        self.algorithm = algorithm
        keyID = try Self.text("kid", in: members)
        type = try Self.text("typ", in: members)
    }

    private static func text(_ name: String, in members: JSONObject) throws(TokenError) -> String? {
        guard let value = members[name] else { return nil }
        guard let text = value.string else { throw .invalidHeader }
        return text
    }
}

extension String {
    /// Byte for byte the same text. Swift's `==` takes canonically equivalent texts for equal: U+212A KELVIN SIGN for
    /// the letter K, which is a way to look like someone else.
    public func isExactly(_ other: String) -> Bool {
        guard utf8.count == other.utf8.count else { return false }
        var (left, right) = (self, other)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                let (left, right) = unsafe (left.span, right.span)
                for index in left.indices where left[index] != right[index] { return false }
                return true
            }
        }
    }
}
