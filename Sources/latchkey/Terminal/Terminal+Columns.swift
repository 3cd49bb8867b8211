extension Terminal {
    /// Rows of cells, each column as wide as its widest cell.
    func columns(_ rows: [[String]]) {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        for row in rows {
            let padded = zip(row, widths).map { text, width in
                text + String(repeating: " ", count: width - text.count)
            }
            line(String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()).printable)
        }
    }
}
