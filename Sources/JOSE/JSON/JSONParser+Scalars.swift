// Strings (RFC 8259 §7) and numbers (§6).

extension JSONParser {
    /// Reads a string; `position` is at its opening quote.
    mutating func string() throws(JSONError) -> String {
        position += 1
        let start = position
        let (end, bits) = plainText(from: start)
        position = end
        switch try peek() {
        case UInt8(ascii: "\""):
            position += 1
            let text = bytes[start..<end]
            // What is all ASCII needs no proof of being UTF-8, and nearly everything is.
            return bits < 0x80 ? String(decoding: text, as: UTF8.self) : try utf8(text, from: start)
        case UInt8(ascii: "\\"): return try escapedString(from: start)
        default: throw .unexpectedByte(position: end)
        }
    }

    /// Where the text ends that stands for itself: at a quote, an escape, a control, or the end of the input. And the bits
    /// that any of its bytes has.
    private func plainText(from start: Int) -> (end: Int, bits: UInt8) {
        let letters = bytes.span
        var (end, bits) = (start, UInt8(0))
        while end < letters.count {
            let byte = letters[end]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
            bits |= byte
            end += 1
        }
        return (end, bits)
    }

    /// Goes on with a string that has an escape, and so cannot be taken from the input as it is.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var text = Array(bytes[start..<position])
        while true {
            let byte = try peek()
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try utf8(text[...], from: start)
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20: throw .unexpectedByte(position: position)
            default:
                text.append(byte)
                position += 1
            }
        }
    }

    private func utf8(_ text: ArraySlice<UInt8>, from start: Int) throws(JSONError) -> String {
        guard let string = String(validating: text, as: UTF8.self) else { throw .invalidUTF8(position: start) }
        return string
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        let letter = try peek()
        position += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try unicodeEscape()).utf8)
        default: throw .invalidEscape(position: position - 1)
        }
    }

    private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = position
        var code = UInt32(try fourHexDigits())
        if (0xD800..<0xDC00).contains(code) {
            guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else { throw .invalidEscape(position: start) }
            let low = UInt32(try fourHexDigits())
            guard (0xDC00..<0xE000).contains(low) else { throw .invalidEscape(position: start) }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        // A low surrogate alone is no scalar. NUL is one, but C strings and PostgreSQL would end or fail on it.
        guard code != 0, let scalar = Unicode.Scalar(code) else { throw .invalidEscape(position: start) }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            let byte = try peek()
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw .invalidEscape(position: position)
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    /// Reads a number: `[ "-" ] int [ frac ] [ exp ]`.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        _ = skip(UInt8(ascii: "-"))
        let first = position
        try digits()
        guard bytes[first] != UInt8(ascii: "0") || position == first + 1 else {
            throw .unexpectedByte(position: first + 1)
        }
        var isInteger = true
        if skip(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            isInteger = false
            _ = skip(UInt8(ascii: "+")) || skip(UInt8(ascii: "-"))
            try digits()
        }
        if isInteger, position - start <= 18 { return .integer(integer(from: start, digitsFrom: first)) }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw .numberOutOfRange(position: start) }
        return .number(number)
    }

    /// The integer that ends here. Of 18 characters at most, so that it fits.
    private func integer(from start: Int, digitsFrom first: Int) -> Int64 {
        let value = bytes[first..<position].reduce(Int64(0)) { $0 &* 10 &+ Int64($1 &- UInt8(ascii: "0")) }
        return first > start ? -value : value
    }

    /// Steps over one digit or more.
    private mutating func digits() throws(JSONError) {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        guard position > start else {
            if position < bytes.count { throw .unexpectedByte(position: position) }
            throw .unexpectedEnd
        }
    }
}
