import JOSE

/// What the browser says about a ceremony (WebAuthn §5.8.1). Members that are not known are ignored, as §5.8.1.2 asks
/// of those who parse it: later levels add some, and old browsers wrote `tokenBinding`.
struct CollectedClientData: Hashable, Sendable {
    /// What is to be done: `webauthn.create` or `webauthn.get`.
    let type: String
    /// The challenge, in base64url.
    let challenge: String
    /// Where the page that asked came from.
    let origin: String
    /// Whether it stood in a frame of another origin; nil: not said.
    let crossOrigin: Bool?
    /// The origin of the top-level page, when it stood in such a frame.
    let topOrigin: String?

    /// The longest client data that is read, in bytes.
    static let maximumLength = 16 * 1024

    /// Strict JSON, an object, with each member of its type. Nil otherwise. A byte order mark is refused too: a
    /// browser serializes by §5.8.1.1, which writes none.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.maximumLength, let members = (try? JSONValue.parse(bytes))?.object,
            let type = members["type"]?.string, let challenge = members["challenge"]?.string,
            let origin = members["origin"]?.string
        else { return nil }
        let (crossOrigin, topOrigin) = (members["crossOrigin"], members["topOrigin"])
        guard crossOrigin == nil || crossOrigin?.bool != nil, topOrigin == nil || topOrigin?.string != nil else {
            return nil
        }
        self.type = type
        self.challenge = challenge
        self.origin = origin
        self.crossOrigin = crossOrigin?.bool
        self.topOrigin = topOrigin?.string
    }

    /// Whether the challenge is `expected`, in constant time.
    func answers(_ expected: [UInt8]) -> Bool {
        ConstantTime.equal(Array(challenge.utf8), Array(Base64URL.encode(expected).utf8))
    }

    /// Whether the origin is one of these, byte for byte: no case folding, no default port, no subdomain.
    func comes(from origins: Set<String>) -> Bool {
        origins.contains { $0.isExactly(origin) }
    }
}
