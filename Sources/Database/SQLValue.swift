/// A value bound to a placeholder or read from a column: the types that all engines share.
public enum SQLValue: Sendable, Hashable {
    /// No value.
    case null
    /// INTEGER, 64 bits.
    case integer(Int64)
    /// TEXT, UTF-8 without NUL.
    case text(String)
    /// BLOB.
    case blob([UInt8])

    /// The integer, or NULL.
    public static func optional(_ integer: Int64?) -> SQLValue { integer.map { .integer($0) } ?? .null }

    /// The text, or NULL.
    public static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }

    /// The bytes, or NULL.
    public static func optional(_ bytes: [UInt8]?) -> SQLValue { bytes.map { .blob($0) } ?? .null }

    /// 1 or 0: the portable boolean.
    public static func bool(_ flag: Bool) -> SQLValue { .integer(flag ? 1 : 0) }
}

extension SQLValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, ExpressibleByNilLiteral {
    /// An INTEGER.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// A TEXT.
    public init(stringLiteral value: String) { self = .text(value) }

    /// NULL.
    public init(nilLiteral: ()) { self = .null }
}
