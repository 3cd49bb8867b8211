/// Writes JSON straight to bytes, in the order of the calls; commas come by themselves.
///
///     var json = JSONWriter()
///     json.beginObject()
///     json.member("status", "sent")
///     json.endObject()
///
/// Each `begin` needs its `end`, members belong into objects and elements into arrays: that is the caller's to keep.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// A writer with nothing written.
    public init() {
        bytes.reserveCapacity(512)
    }

    // MARK: Structure

    /// Opens an object: the document itself, or an element of an array.
    public mutating func beginObject() {
        open(UInt8(ascii: "{"))
    }

    /// Opens the object that is the member `name`.
    public mutating func beginObject(_ name: String) {
        write(name: name)
        open(UInt8(ascii: "{"))
    }

    /// Closes the object opened last.
    public mutating func endObject() {
        close(UInt8(ascii: "}"))
    }

    /// Opens an array: the document itself, or an element of an array.
    public mutating func beginArray() {
        open(UInt8(ascii: "["))
    }

    /// Opens the array that is the member `name`.
    public mutating func beginArray(_ name: String) {
        write(name: name)
        open(UInt8(ascii: "["))
    }

    /// Closes the array opened last.
    public mutating func endArray() {
        close(UInt8(ascii: "]"))
    }

    // MARK: Members

    /// Writes a member whose value is a string.
    public mutating func member(_ name: String, _ value: String) {
        write(name: name)
        element(value)
    }

    /// Writes a member whose value is an integer.
    public mutating func member(_ name: String, _ value: Int64) {
        write(name: name)
        element(value)
    }

    /// Writes a member whose value is an integer.
    public mutating func member(_ name: String, _ value: Int) {
        member(name, Int64(value))
    }

    /// Writes a member whose value is `true` or `false`.
    public mutating func member(_ name: String, _ value: Bool) {
        write(name: name)
        literal(value ? "true" : "false")
    }

    /// Writes a member whose value is an array of strings.
    public mutating func member(_ name: String, _ values: [String]) {
        beginArray(name)
        for value in values { element(value) }
        endArray()
    }

    /// Writes a member whose value is an array of the words of a list.
    package mutating func member(_ name: String, words list: String) {
        beginArray(name)
        for word in list.utf8.split(separator: UInt8(ascii: " ")) {
            separate()
            write(quoted: word)
            needsComma = true
        }
        endArray()
    }

    /// Writes a member with any value.
    public mutating func member(_ name: String, _ value: JSONValue) {
        write(name: name)
        element(value)
    }

    /// Writes a member whose value is `null`.
    public mutating func memberNull(_ name: String) {
        write(name: name)
        literal("null")
    }

    // MARK: Elements

    /// Writes a string.
    public mutating func element(_ value: String) {
        separate()
        write(quoted: value.utf8)
        needsComma = true
    }

    /// Writes an integer.
    public mutating func element(_ value: Int64) {
        literal(String(value))
    }

    /// Writes any value. A number that is not finite becomes `null`.
    public mutating func element(_ value: JSONValue) {
        switch value {
        case .null: literal("null")
        case .bool(let value): literal(value ? "true" : "false")
        case .integer(let value): element(value)
        case .number(let value): literal(value.isFinite ? value.description : "null")
        case .string(let value): element(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.element(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members { self.member(member.name, member.value) }
            endObject()
        }
    }

    // MARK: Text

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func literal(_ text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func write(name: String) {
        separate()
        write(quoted: name.utf8)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    private mutating func write(quoted text: some Collection<UInt8>) {
        bytes.append(UInt8(ascii: "\""))
        // Copied first and looked at afterwards, in one piece: most texts are long and need no escape.
        let start = bytes.count
        bytes.append(contentsOf: text)
        if Self.hasEscapes(bytes.span.extracting(start...)) {
            bytes.removeSubrange(start...)
            for byte in text { write(escaping: byte) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Looks at all of them, without an early end: the machine takes many bytes in one step then.
    private static func hasEscapes(_ bytes: Span<UInt8>) -> Bool {
        var found: UInt8 = 0
        for index in bytes.indices {
            // Within its own indices: a check at each would keep the machine from doing so.
            let byte = unsafe bytes[unchecked: index]
            found |= byte < 0x20 ? 1 : 0
            found |= byte == UInt8(ascii: "\"") ? 1 : 0
            found |= byte == UInt8(ascii: "\\") ? 1 : 0
        }
        return found != 0
    }

    private mutating func write(escaping byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
        case 0x0A: bytes.append(contentsOf: "\\n".utf8)
        case 0x0D: bytes.append(contentsOf: "\\r".utf8)
        case 0x09: bytes.append(contentsOf: "\\t".utf8)
        case 0..<0x20:
            let digits = Array("0123456789abcdef".utf8)
            bytes.append(contentsOf: "\\u00".utf8)
            bytes.append(contentsOf: [digits[Int(byte >> 4)], digits[Int(byte & 15)]])
        default: bytes.append(byte)
        }
    }
}
