internal import CPostgreSQL

/// What one statement answered; its memory goes with it.
final class PostgreSQLResult {
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) {
        self.handle = handle
    }

    deinit {
        PQclear(handle)
    }

    var isEndOfPipeline: Bool { PQresultStatus(handle) == PGRES_PIPELINE_SYNC }

    /// Nil when the statement succeeded.
    var failure: PostgreSQLFailure? {
        switch PQresultStatus(handle) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: nil
        case PGRES_PIPELINE_ABORTED: .lost("skipped after an earlier failure")
        default: PostgreSQLFailure(state: field("C"), message)
        }
    }

    /// What the server calls what it has done: `COMMIT`, `UPDATE 1`.
    var tag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

    /// How many rows were inserted, updated or deleted.
    var changes: Int {
        if tag.hasPrefix("SELECT") { return 0 }
        return PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0
    }

    func rows(limit: Int) throws(DatabaseFailure) -> [Row] {
        let columns = (0..<PQnfields(handle)).map { PQftype(handle, $0) }
        var rows: [Row] = []
        for row in 0..<min(Int(PQntuples(handle)), limit) {
            var values: [SQLValue] = []
            values.reserveCapacity(columns.count)
            for (column, type) in columns.enumerated() {
                values.append(try value(CInt(row), CInt(column), type))
            }
            rows.append(Row(values: values))
        }
        return rows
    }

    private var message: String {
        // Errors of libpq itself have no fields.
        let text = field("M") ?? PQresultErrorMessage(handle).map { String(cString: $0) } ?? ""
        return String(text.prefix { $0 != "\n" })
    }

    /// A field of an error by its letter: `C` is SQLSTATE, `M` the primary message
    /// (<https://www.postgresql.org/docs/current/protocol-error-fields.html>).
    private func field(_ code: Unicode.Scalar) -> String? {
        PQresultErrorField(handle, CInt(code.value)).map { String(cString: $0) }
    }

    private func value(_ row: CInt, _ column: CInt, _ type: Oid) throws(DatabaseFailure) -> SQLValue {
        if PQgetisnull(handle, row, column) != 0 { return .null }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(handle, row, column), count: Int(PQgetlength(handle, row, column)))
        guard let value = SQLValue(binary: bytes, type: type) else {
            throw .corrupt("column \(column) of type \(type) cannot be read")
        }
        return value
    }
}
