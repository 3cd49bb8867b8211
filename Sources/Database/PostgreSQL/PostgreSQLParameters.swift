/// Values as libpq takes them: one run of bytes, and for each value where it begins, its length and its format.
///
/// Integers and texts travel as text, for the server infers a placeholder's type from where it stands, and text fits
/// every type; blobs travel as they are.
struct PostgreSQLParameters {
    private var bytes: [UInt8] = []
    /// Nil is NULL.
    private var offsets: [Int?] = []
    private var lengths: [CInt] = []
    private var formats: [CInt] = []

    private static let binary: CInt = 1

    init(_ values: [SQLValue]) throws(DatabaseFailure) {
        for value in values {
            let start = bytes.count
            switch value {
            case .null: break
            case .integer(let integer): bytes += Array(String(integer).utf8)
            case .text(let text):
                bytes += Array(text.utf8)
                if bytes[start...].contains(0) { throw .misuse("a text with NUL") }
            case .blob(let blob): bytes += blob
            }
            guard let length = CInt(exactly: bytes.count - start) else { throw .misuse("a value of 2 GiB or more") }
            offsets.append(value == .null ? nil : start)
            lengths.append(length)
            if case .blob = value { formats.append(Self.binary) } else { formats.append(0) }
            // Ends a text, and gives an empty blob an address.
            bytes.append(0)
        }
    }

    /// The arguments of `PQsendQueryPrepared` from `nParams` to `paramFormats`; the addresses hold during the body.
    func withArguments<R>(
        _ body: (CInt, [UnsafePointer<CChar>?], [CInt], [CInt]) throws -> R
    ) rethrows -> R {
        try bytes.withUnsafeBytes { buffer in
            let start = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let addresses = offsets.map { offset in offset.flatMap { start?.advanced(by: $0) } }
            return try body(CInt(offsets.count), addresses, lengths, formats)
        }
    }
}
