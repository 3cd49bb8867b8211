/// Numbers in the sixty-two letters and digits of ASCII: what a double click takes as one word.
package enum Base62 {
    package static let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    private static let values: [UInt64?] = (0...255).map { byte in
        alphabet.firstIndex(of: UInt8(byte)).map { UInt64($0) }
    }

    package static func isDigit(_ byte: UInt8) -> Bool { values[Int(byte)] != nil }

    /// The last `length` digits of a number, the most significant first.
    package static func encode(_ value: UInt64, length: Int) -> [UInt8] {
        var (digits, rest) = ([UInt8](repeating: alphabet[0], count: length), value)
        for index in digits.indices.reversed() {
            digits[index] = alphabet[Int(rest % 62)]
            rest /= 62
        }
        return digits
    }

    /// Nil for any other character, and for more than 64 bits.
    package static func decode(_ digits: some Sequence<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            guard let digit = values[Int(digit)] else { return nil }
            let (product, isTooMuch) = value.multipliedReportingOverflow(by: 62)
            let (sum, isMore) = product.addingReportingOverflow(digit)
            guard !isTooMuch, !isMore else { return nil }
            value = sum
        }
        return value
    }
}
