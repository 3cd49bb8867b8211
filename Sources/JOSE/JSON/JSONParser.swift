/// A recursive-descent reader of RFC 8259 whose recursion is bounded by `maximumDepth`.
struct JSONParser {
    let bytes: [UInt8]
    let maximumDepth: Int
    var position = 0
    private var depth = 0

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONError) -> JSONValue {
        skipWhiteSpace()
        let value = try value()
        skipWhiteSpace()
        guard position == bytes.count else { throw .trailingBytes(position: position) }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        switch try peek() {
        case UInt8(ascii: "{"): return .object(try nested { parser throws(JSONError) in try parser.object() })
        case UInt8(ascii: "["): return .array(try nested { parser throws(JSONError) in try parser.array() })
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func nested<R>(
        _ body: (inout JSONParser) throws(JSONError) -> R
    ) throws(JSONError) -> R {
        guard depth < maximumDepth else { throw .tooDeep(maximum: maximumDepth) }
        depth += 1
        position += 1
        skipWhiteSpace()
        let result = try body(&self)
        depth -= 1
        return result
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        var members: [JSONObject.Member] = []
        if skip(UInt8(ascii: "}")) { return JSONObject(unique: members) }
        members.reserveCapacity(8)
        var names = SeenNames()
        repeat {
            skipWhiteSpace()
            guard try peek() == UInt8(ascii: "\"") else { throw .unexpectedByte(position: position) }
            let name = try string()
            guard names.isNew(name, after: members) else { throw .duplicateMember(name) }
            skipWhiteSpace()
            try expect(UInt8(ascii: ":"))
            skipWhiteSpace()
            members.append(.init(name: name, value: try value()))
            skipWhiteSpace()
        } while skip(UInt8(ascii: ","))
        try expect(UInt8(ascii: "}"))
        return JSONObject(unique: members)
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        if skip(UInt8(ascii: "]")) { return elements }
        repeat {
            skipWhiteSpace()
            elements.append(try value())
            skipWhiteSpace()
        } while skip(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"))
        return elements
    }

    private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in text.description.utf8 { try expect(byte) }
        return value
    }

    // MARK: Bytes

    func peek() throws(JSONError) -> UInt8 {
        guard position < bytes.count else { throw .unexpectedEnd }
        return bytes[position]
    }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard try peek() == byte else { throw .unexpectedByte(position: position) }
        position += 1
    }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }
}

/// Whether names come once in an object. Those of a few members are looked up among them; many go into a set, so that an
/// object of ten thousand members costs no more than its length.
private struct SeenNames {
    /// As UTF-8, because names are compared byte for byte.
    private var many: Set<[UInt8]> = []

    /// Whether none of the members before has this name.
    mutating func isNew(_ name: String, after members: [JSONObject.Member]) -> Bool {
        guard members.count >= 16 else {
            let length = name.utf8.count
            return !members.contains { $0.isNamed(name, length) }
        }
        if many.isEmpty { many = Set(members.map { Array($0.name.utf8) }) }
        return many.insert(Array(name.utf8)).inserted
    }
}
