/// RFC 2045 §6.7: text of any language as lines of at most 76 octets of ASCII.
enum QuotedPrintable {
    static let maximumLineLength = 76

    /// Lines end with LF, CR LF or CR in what is given, with CR LF in what is made; the last one has no end.
    static func encode(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, line) in lines(of: text).enumerated() {
            if index > 0 { bytes.append(contentsOf: "\r\n".utf8) }
            append(line, to: &bytes)
        }
        return bytes
    }

    private static func lines(of text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\n") where previous == UInt8(ascii: "\r"): break
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"): lines.append([])
            default: lines[lines.count - 1].append(byte)
            }
            previous = byte
        }
        return lines
    }

    private static func append(_ line: [UInt8], to bytes: inout [UInt8]) {
        var length = 0
        for (index, byte) in line.enumerated() {
            let isLast = index == line.count - 1
            let code = isPlain(byte, atEnd: isLast) ? [byte] : escaped(byte)
            // One octet is kept for the `=` of a soft end of line, which the last character of a line does not need.
            if length + code.count > maximumLineLength - (isLast ? 0 : 1) {
                bytes.append(contentsOf: "=\r\n".utf8)
                length = 0
            }
            bytes.append(contentsOf: code)
            length += code.count
        }
    }

    /// Blanks at the end of a line are lost on the way, so they are escaped.
    private static func isPlain(_ byte: UInt8, atEnd isLast: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "="): false
        case 0x21...0x7E: true
        case UInt8(ascii: " "), UInt8(ascii: "\t"): !isLast
        default: false
        }
    }

    /// `=3D`
    static func escaped(_ byte: UInt8) -> [UInt8] {
        [UInt8(ascii: "="), digit(byte >> 4), digit(byte & 0xF)]
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
