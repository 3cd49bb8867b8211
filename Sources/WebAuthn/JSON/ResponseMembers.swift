import JOSE

/// The members of a response, read strictly: what is there must have the right type; what is not known is ignored.
struct ResponseMembers {
    private let object: JSONObject
    private let path: String

    /// The longest member that is read, in characters of base64url.
    private static let maximumLength = 64 * 1024

    init(_ value: JSONValue) throws(ResponseError) {
        guard let object = value.object else { throw .malformed }
        self.object = object
        path = ""
    }

    private init(_ object: JSONObject, path: String) {
        self.object = object
        self.path = path
    }

    /// The object that is the member `name`.
    func members(_ name: String) throws(ResponseError) -> ResponseMembers {
        guard let value = present(name) else { throw .missingMember(path + name) }
        guard let inner = value.object else { throw .invalidMember(path + name) }
        return ResponseMembers(inner, path: path + name + ".")
    }

    func text(_ name: String) throws(ResponseError) -> String {
        guard let text = try optionalText(name) else { throw .missingMember(path + name) }
        return text
    }

    func optionalText(_ name: String) throws(ResponseError) -> String? {
        guard let value = present(name) else { return nil }
        guard let text = value.string else { throw .invalidMember(path + name) }
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong(path + name) }
        return text
    }

    /// Bytes in base64url, one at least.
    func bytes(_ name: String) throws(ResponseError) -> [UInt8] {
        guard let bytes = try optionalBytes(name) else { throw .missingMember(path + name) }
        return bytes
    }

    func optionalBytes(_ name: String) throws(ResponseError) -> [UInt8]? {
        guard let text = try optionalText(name) else { return nil }
        guard let bytes = Base64URL.decode(text), !bytes.isEmpty else { throw .invalidMember(path + name) }
        return bytes
    }

    /// A credential id: up to 1023 bytes.
    func credentialID(_ name: String) throws(ResponseError) -> [UInt8] {
        let id = try bytes(name)
        guard id.count <= AttestedCredentialData.longestCredentialID else { throw .tooLong(path + name) }
        return id
    }

    /// `type`, which is `public-key` and nothing else (WebAuthn §5.8.2).
    func checkType() throws(ResponseError) {
        guard try text("type").isExactly("public-key") else { throw .invalidMember(path + "type") }
    }

    /// `transports` (WebAuthn §5.2.1): distinct and sorted. Values that are not known are kept, as §5.8.4 asks, but not
    /// what no transport is called like, nor more than a browser could know.
    func transports() throws(ResponseError) -> [String] {
        guard let value = present("transports") else { return [] }
        guard let texts = value.strings else { throw .invalidMember(path + "transports") }
        return Set(texts.filter(Self.couldBeTransport)).sorted().prefix(8).map(\.self)
    }

    private static func couldBeTransport(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    /// A member that is there. `null` stands for none: some libraries write it for what is not known.
    private func present(_ name: String) -> JSONValue? {
        guard let value = object[name], value != .null else { return nil }
        return value
    }
}
