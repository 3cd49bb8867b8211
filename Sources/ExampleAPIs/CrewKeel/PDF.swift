/// The smallest PDF that prints lines of text (ISO 32000-1): A4, Courier, as many pages as it takes.
///
/// Courier is one of the fonts that every reader has, so none is put into the file. Its characters are those of
/// Windows-1252; what else a text has is printed as `?`.
enum PDF {
    /// Characters in a line.
    static let columns = 82
    static let linesPerPage = 54

    /// A line, in the bytes of Windows-1252.
    struct Line {
        static let empty = Line([])

        let text: [UInt8]
        let isBold: Bool

        init(_ text: [UInt8], isBold: Bool = false) {
            self.text = text
            self.isBold = isBold
        }
    }

    /// The file.
    static func document(title: String, lines: [Line]) -> [UInt8] {
        let pages = stride(from: 0, to: max(1, lines.count), by: linesPerPage).map {
            lines.dropFirst($0).prefix(linesPerPage)
        }
        // Objects 1 to 5 are always the same; then each page has two, itself and what is on it.
        let numbers = pages.indices.map { 6 + 2 * $0 }
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [\(numbers.map { "\($0) 0 R" }.joined(separator: " "))] /Count \(pages.count) >>",
            font("Courier"), font("Courier-Bold"), "<< /Title \(hexadecimal(text(title))) >>",
        ]
        for (page, number) in zip(pages, numbers) {
            let content = content(of: page)
            objects.append(
                """
                << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] \
                /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents \(number + 1) 0 R >>
                """)
            objects.append("<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream")
        }
        return file(of: objects)
    }

    private static func font(_ name: String) -> String {
        "<< /Type /Font /Subtype /Type1 /BaseFont /\(name) /Encoding /WinAnsiEncoding >>"
    }

    /// From the top left corner down, in 10 points with 14 from line to line.
    private static func content(of lines: ArraySlice<Line>) -> String {
        var content = "BT\n14 TL\n50 780 Td\n"
        for line in lines { content += "/\(line.isBold ? "F2" : "F1") 10 Tf\n\(hexadecimal(line.text)) Tj T*\n" }
        return content + "ET"
    }

    /// Objects with the table of where each begins (§7.5.4): entries of exactly twenty bytes.
    private static func file(of objects: [String]) -> [UInt8] {
        var file = Array("%PDF-1.4\n".utf8)
        var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for (index, object) in objects.enumerated() {
            let offset = String(file.count)
            table += String(repeating: "0", count: max(0, 10 - offset.count)) + offset + " 00000 n \n"
            file += "\(index + 1) 0 obj\n\(object)\nendobj\n".utf8
        }
        let start = file.count
        file += table.utf8
        file += "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R /Info 5 0 R >>\nstartxref\n\(start)\n%%EOF\n".utf8
        return file
    }

    /// `<48656C6C6F>`: a string in which nothing needs escaping.
    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789ABCDEF")
        return "<" + String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }) + ">"
    }

    /// Text in Windows-1252.
    static func text(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { scalar in
            switch scalar.value {
            case 0x20...0x7E, 0xA0...0xFF: UInt8(truncatingIfNeeded: scalar.value)
            case 0x09, 0x0A, 0x0D: UInt8(ascii: " ")
            default: between[scalar] ?? UInt8(ascii: "?")
            }
        }
    }

    /// What Windows-1252 has between 0x80 and 0x9F.
    private static let between: [Unicode.Scalar: UInt8] = [
        "€": 0x80, "‚": 0x82, "ƒ": 0x83, "„": 0x84, "…": 0x85, "†": 0x86, "‡": 0x87, "ˆ": 0x88, "‰": 0x89, "Š": 0x8A,
        "‹": 0x8B, "Œ": 0x8C, "Ž": 0x8E, "‘": 0x91, "’": 0x92, "“": 0x93, "”": 0x94, "•": 0x95, "–": 0x96, "—": 0x97,
        "˜": 0x98, "™": 0x99, "š": 0x9A, "›": 0x9B, "œ": 0x9C, "ž": 0x9E, "Ÿ": 0x9F,
    ]
}
