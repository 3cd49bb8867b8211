internal import GRDBSQLite

/// A prepared statement of SQLite with its values bound, for one use; then it is to be `reset`.
///
/// GRDB prepares and keeps it; binding, stepping and reading go straight to the C library, by position.
struct SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    /// Tells SQLite to copy the bytes it is given (`SQLITE_TRANSIENT`).
    private static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    init(_ handle: OpaquePointer, on connection: OpaquePointer, values: [SQLValue]) throws(DatabaseFailure) {
        self.handle = handle
        self.connection = connection
        let expected = Int(sqlite3_bind_parameter_count(handle))
        guard values.count == expected else {
            throw .misuse("\(values.count) values for \(expected) placeholders: \(sql)")
        }
        for (index, value) in values.enumerated() {
            try bind(value, at: CInt(index + 1))
        }
    }

    var writes: Bool { sqlite3_stmt_readonly(handle) == 0 }

    /// Goes to the next row, if there is one.
    func step() throws(DatabaseFailure) -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default: throw failure
        }
    }

    /// Makes the statement ready for its next use; its error, if any, was told by `step` already.
    func reset() {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
    }

    func row() throws(DatabaseFailure) -> Row {
        let count = sqlite3_column_count(handle)
        var values: [SQLValue] = []
        values.reserveCapacity(Int(count))
        for column in 0..<count {
            values.append(try value(column))
        }
        return Row(values: values)
    }

    private var sql: String { sqlite3_sql(handle).map { String(cString: $0) } ?? "" }

    private var failure: DatabaseFailure {
        DatabaseFailure(sqlite: sqlite3_extended_errcode(connection), String(cString: sqlite3_errmsg(connection)))
    }

    private func bind(_ value: SQLValue, at index: CInt) throws(DatabaseFailure) {
        let code =
            switch value {
            case .null: sqlite3_bind_null(handle, index)
            case .integer(let integer): sqlite3_bind_int64(handle, index, integer)
            case .text(let text): try bind(text, at: index)
            case .blob(let bytes): bind(bytes, at: index)
            }
        guard code == SQLITE_OK else { throw failure }
    }

    private func bind(_ text: String, at index: CInt) throws(DatabaseFailure) -> CInt {
        var text = text
        let code: CInt? = text.withUTF8 { utf8 in
            // PostgreSQL cannot store a NUL in TEXT: it is refused here too, so that both engines hold the same.
            if utf8.contains(0) { return nil }
            return utf8.withMemoryRebound(to: CChar.self) { characters in
                sqlite3_bind_text64(
                    handle, index, characters.baseAddress, UInt64(characters.count), Self.copied, UInt8(SQLITE_UTF8))
            }
        }
        guard let code else { throw .misuse("a text with NUL") }
        return code
    }

    private func bind(_ bytes: [UInt8], at index: CInt) -> CInt {
        // An empty array has no address, and a null address would bind NULL.
        if bytes.isEmpty { return sqlite3_bind_zeroblob(handle, index, 0) }
        return bytes.withUnsafeBytes { buffer in
            sqlite3_bind_blob64(handle, index, buffer.baseAddress, UInt64(buffer.count), Self.copied)
        }
    }

    private func value(_ column: CInt) throws(DatabaseFailure) -> SQLValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_NULL: return .null
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_TEXT: return .text(try text(column))
        case SQLITE_BLOB: return .blob([UInt8](bytes(sqlite3_column_blob(handle, column), column)))
        default: throw .corrupt("column \(column) holds a REAL, which no table here has")
        }
    }

    private func text(_ column: CInt) throws(DatabaseFailure) -> String {
        let start = sqlite3_column_text(handle, column).map { UnsafeRawPointer($0) }
        guard let text = String(utf8: bytes(start, column)) else {
            throw .corrupt("column \(column) holds text that is not UTF-8")
        }
        return text
    }

    /// The bytes of a column, valid until the next step. The address is taken first, as SQLite asks.
    private func bytes(_ start: UnsafeRawPointer?, _ column: CInt) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column)))
    }
}
