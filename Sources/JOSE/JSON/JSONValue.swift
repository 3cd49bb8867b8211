/// A JSON value (RFC 8259), as strictly read as JOSE needs it.
public enum JSONValue: Hashable, Sendable {
    /// `null`
    case null
    /// `true` or `false`
    case bool(Bool)
    /// A number written without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number; always finite when it was parsed.
    case number(Double)
    /// A string, without NUL when it was parsed.
    case string(String)
    /// An array.
    case array([JSONValue])
    /// An object.
    case object(JSONObject)

    /// Reads one value which must be all of `bytes` but for white space around it.
    ///
    /// Refused besides what RFC 8259 refuses: duplicate members, lone surrogates, invalid UTF-8, NUL (raw or
    /// escaped), a byte order mark, numbers beyond the range of a double, and nesting deeper than `maximumDepth`
    /// (at most 256, whatever is asked for). The length is the caller's to limit.
    public static func parse(_ bytes: [UInt8], maximumDepth: Int = 32) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, maximumDepth: min(maximumDepth, 256))
        return try parser.document()
    }
}

extension JSONValue {
    /// The text, when this is a string.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The number, when this is an integer.
    public var integer: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }

    /// The truth value, when this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements, when this is an array.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The object, when this is one.
    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// The texts, when this is an array of nothing but strings.
    public var strings: [String]? {
        guard let array else { return nil }
        let strings = array.compactMap(\.string)
        return strings.count == array.count ? strings : nil
    }

    /// The value as JSON text, without white space. A number that is not finite becomes `null`.
    public func serialized() -> [UInt8] {
        var writer = JSONWriter()
        writer.element(self)
        return writer.bytes
    }
}
