/// The one SQL of this program, said in PostgreSQL's words.
///
/// Only words outside of literals, quoted names and comments are touched:
/// - `?` becomes `$1`, `$2`, …;
/// - `INTEGER` becomes `BIGINT`, `BLOB` becomes `BYTEA`, and the literal `X'0aff'` becomes `'\x0aff'`;
/// - `STRICT` at the end of a table, which PostgreSQL's tables are anyway, becomes a fill factor: with room left on
///   its page, a row that changes no indexed column is updated in place (HOT).
struct PostgreSQLDialect {
    /// The translated text.
    private(set) var sql = ""
    /// How many values the statement takes.
    private(set) var placeholders = 0

    init(_ portable: String) {
        var rest = Array(portable.utf8)[...]
        var bytes: [UInt8] = []
        bytes.reserveCapacity(rest.count + 32)
        while let first = rest.first {
            let token = rest.prefix(Self.tokenLength(rest, first))
            rest = rest.dropFirst(token.count)
            if first == UInt8(ascii: "?") {
                placeholders += 1
                bytes += Array("$\(placeholders)".utf8)
            } else if token.count == 1, Self.uppercase(first) == UInt8(ascii: "X"), rest.first == UInt8(ascii: "'") {
                rest = Array("'\\x".utf8) + rest.dropFirst()
            } else {
                bytes += Self.words[token.map(Self.uppercase)] ?? Array(token)
            }
        }
        sql = String(decoding: bytes, as: UTF8.self)
    }

    private static let words: [[UInt8]: [UInt8]] = Dictionary(
        uniqueKeysWithValues: [
            ("INTEGER", "BIGINT"), ("BLOB", "BYTEA"), ("STRICT", "WITH (fillfactor = 80)"),
        ].map { (Array($0.utf8), Array($1.utf8)) })

    private static func uppercase(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 32 : byte
    }

    /// How many bytes belong together: a literal, a quoted name, a comment, a word, or one byte of anything else.
    private static func tokenLength(_ text: ArraySlice<UInt8>, _ first: UInt8) -> Int {
        switch first {
        case UInt8(ascii: "'"), UInt8(ascii: "\""):
            // A doubled quote inside is two literals side by side, which comes to the same.
            length(of: text, through: [first], after: 1)
        case UInt8(ascii: "-") where text.starts(with: "--".utf8): length(of: text, through: [0x0a], after: 2)
        case UInt8(ascii: "/") where text.starts(with: "/*".utf8): length(of: text, through: Array("*/".utf8), after: 2)
        case _ where isWord(first): text.prefix(while: isWord).count
        default: 1
        }
    }

    private static func length(of text: ArraySlice<UInt8>, through end: [UInt8], after opening: Int) -> Int {
        var length = opening
        while length < text.count {
            length += 1
            if length >= opening + end.count, text.prefix(length).suffix(end.count).elementsEqual(end) { return length }
        }
        return length
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xff:
            true
        default: false
        }
    }
}
