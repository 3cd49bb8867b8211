/// One numbered step of the schema. Once shipped it never changes: a correction is a new number.
public struct Migration: Sendable, Hashable {
    /// Its place in the order, from 1.
    public let number: Int
    /// A few words for people; also frozen.
    public let name: String
    /// One or more statements, separated by semicolons, without transaction control.
    public let sql: String

    /// A migration as written in the source.
    public init(number: Int, name: String, sql: String) {
        self.number = number
        self.name = name
        self.sql = sql
    }

    /// Detects an edit of a shipped migration: FNV-1a, 64 bits, as 16 hexadecimal digits. It guards against accident,
    /// not against malice: who can change the binary can change the database too.
    var hash: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
