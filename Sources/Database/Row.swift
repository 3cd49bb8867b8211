/// One row of an answer; columns are counted from 0, in the order of SELECT or RETURNING.
///
/// Each accessor throws `DatabaseFailure.corrupt` when the column holds another type (or an unexpected NULL), and
/// `.misuse` when there is no such column.
public struct Row: Sendable, Hashable {
    private let values: [SQLValue]

    init(values: [SQLValue]) {
        self.values = values
    }

    /// An INTEGER.
    public func integer(_ column: Int) throws -> Int64 {
        guard case .integer(let integer) = try value(column) else { throw mismatch(column, "INTEGER") }
        return integer
    }

    /// A TEXT.
    public func text(_ column: Int) throws -> String {
        guard case .text(let text) = try value(column) else { throw mismatch(column, "TEXT") }
        return text
    }

    /// A BLOB.
    public func blob(_ column: Int) throws -> [UInt8] {
        guard case .blob(let bytes) = try value(column) else { throw mismatch(column, "BLOB") }
        return bytes
    }

    /// An INTEGER that is 0 or 1.
    public func bool(_ column: Int) throws -> Bool {
        switch try value(column) {
        case .integer(0): return false
        case .integer(1): return true
        default: throw mismatch(column, "0 or 1")
        }
    }

    /// An INTEGER or NULL.
    public func optionalInteger(_ column: Int) throws -> Int64? {
        try value(column) == .null ? nil : try integer(column)
    }

    /// A TEXT or NULL.
    public func optionalText(_ column: Int) throws -> String? {
        try value(column) == .null ? nil : try text(column)
    }

    /// A BLOB or NULL.
    public func optionalBlob(_ column: Int) throws -> [UInt8]? {
        try value(column) == .null ? nil : try blob(column)
    }

    private func value(_ column: Int) throws -> SQLValue {
        guard values.indices.contains(column) else {
            throw DatabaseFailure.misuse("column \(column) asked for in a row of \(values.count)")
        }
        return values[column]
    }

    private func mismatch(_ column: Int, _ expected: String) -> DatabaseFailure {
        let found =
            switch values[column] {
            case .null: "NULL"
            case .integer: "INTEGER"
            case .text: "TEXT"
            case .blob: "BLOB"
            }
        return .corrupt("column \(column) holds \(found) where \(expected) was expected")
    }
}
