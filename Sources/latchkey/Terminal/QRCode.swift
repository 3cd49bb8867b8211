import CQREncode

/// A QR code (ISO/IEC 18004), made by libqrencode: error correction level L, since a screen does not get dirty.
struct QRCode: Hashable, Sendable {
    /// Rows from the top; true is dark.
    let modules: [[Bool]]

    /// Nil when the text does not fit one symbol or has a NUL in it.
    init?(_ text: String) {
        guard !text.utf8.contains(0), let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L) else {
            return nil
        }
        defer { QRcode_free(code) }
        let width = Int(code.pointee.width)
        guard let data = code.pointee.data else { return nil }
        modules = (0..<width).map { row in
            (0..<width).map { column in data[row * width + column] & 1 == 1 }
        }
    }

    /// How many terminal columns it takes.
    var columns: Int { modules.count + 2 * Self.quietZone }

    /// Two rows of modules to a line of half blocks. The colours are of the fixed cube, black on white, so that the
    /// code is the right way round on dark and on light terminals and in every theme.
    var lines: [String] {
        let range = -Self.quietZone..<(modules.count + Self.quietZone)
        return stride(from: range.lowerBound, to: range.upperBound, by: 2).map { row in
            let blocks = range.map { Self.block(upper: isDark(row, $0), lower: isDark(row + 1, $0)) }
            return "\u{1B}[38;5;16;48;5;231m" + blocks.joined() + "\u{1B}[0m"
        }
    }

    /// Light modules around it. The standard asks for four, every reader is content with two.
    private static let quietZone = 2

    private func isDark(_ row: Int, _ column: Int) -> Bool {
        modules.indices.contains(row) && modules.indices.contains(column) && modules[row][column]
    }

    private static func block(upper: Bool, lower: Bool) -> String {
        switch (upper, lower) {
        case (true, true): "█"
        case (true, false): "▀"
        case (false, true): "▄"
        case (false, false): " "
        }
    }
}
