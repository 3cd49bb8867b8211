/// A set of public keys, as a `jwks_uri` serves it (RFC 7517 §5).
public struct JSONWebKeySet: Hashable, Sendable {
    /// The keys, in the order of the document.
    public let keys: [JSONWebKey]

    /// The longest document that is read, in bytes.
    public static let maximumLength = 256 * 1024
    /// How many keys are kept of a document; the rest are ignored.
    public static let maximumCount = 100

    /// A set of these keys.
    public init(_ keys: [JSONWebKey]) {
        self.keys = keys
    }

    /// Reads a document. Keys of kinds not spoken here, malformed ones and any that show a secret are left out, as
    /// RFC 7517 §5 asks; so a set can grow a new kind of key without breaking those who verify.
    public init(parsing bytes: [UInt8]) throws(KeyError) {
        guard bytes.count <= Self.maximumLength, let document = try? JSONValue.parse(bytes),
            let elements = document.object?["keys"]?.array
        else { throw .malformed }
        keys = elements.lazy.compactMap { try? JSONWebKey($0) }.prefix(Self.maximumCount).map(\.self)
    }

    /// The document: `{"keys":[…]}`.
    public func serialized() -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("keys")
        for key in keys { key.write(to: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }
}
