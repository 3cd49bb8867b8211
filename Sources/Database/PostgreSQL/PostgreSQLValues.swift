extension SQLValue {
    /// Reads a value in the server's binary format. Nil when it is none of the types that all engines share.
    ///
    /// - Parameter type: the type's number in `pg_type`, the same on every server.
    init?(binary bytes: UnsafeRawBufferPointer, type: UInt32) {
        switch type {
        case 20, 21, 23, 16:  // int8, int2, int4, bool
            guard let integer = Self.integer(bytes) else { return nil }
            self = .integer(integer)
        case 1_700:  // numeric: what sum() makes of int8
            guard let integer = Self.wholeNumber(bytes) else { return nil }
            self = .integer(integer)
        case 25, 1_043, 1_042, 19, 705:  // text, varchar, char(n), name, unknown
            guard let text = String(utf8: bytes) else { return nil }
            self = .text(text)
        case 17:  // bytea
            self = .blob([UInt8](bytes))
        default:
            return nil
        }
    }

    /// Big-endian two's complement of 1, 2, 4 or 8 bytes.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard let first = bytes.first, bytes.count <= 8 else { return nil }
        let sign: Int64 = bytes.count > 1 && first >= 0x80 ? -1 : 0
        return bytes.reduce(sign) { $0 << 8 | Int64($1) }
    }

    /// Four 16-bit numbers (count of digits, weight of the first, sign, scale), then digits of base 10,000.
    private static func wholeNumber(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        guard bytes.count >= 8, bytes.count % 2 == 0 else { return nil }
        let words = stride(from: 0, to: bytes.count, by: 2).map { Int64(bytes[$0]) << 8 | Int64(bytes[$0 + 1]) }
        let digits = words[4...]
        let (weight, sign) = (words[1], words[2])
        guard digits.count == words[0], sign == 0 || sign == 0x4000 else { return nil }
        if digits.isEmpty { return 0 }
        guard weight < 5, digits.count <= weight + 1 else { return nil }
        var number: Int64 = 0
        for place in 0...Int(weight) {
            let digit = place < digits.count ? digits[digits.startIndex + place] : 0
            let (shifted, tooLarge) = number.multipliedReportingOverflow(by: 10_000)
            let (sum, tooLow) = shifted.subtractingReportingOverflow(digit)
            if tooLarge || tooLow { return nil }
            number = sum
        }
        if sign == 0x4000 { return number }
        return number == .min ? nil : -number
    }
}
