extension Terminal {
    /// Rows of cells, each column as wide as its widest cell.
    func columns(_ rows: [[String]]) {
        for text in Self.aligned(rows) { line(text) }
    }

    /// A line for each row, without spaces at its end.
    static func aligned(_ rows: [[String]]) -> [String] {
        // Before they are measured: what is taken out has no width.
        let rows = rows.map { $0.map(\.printable) }
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { column < $0.count ? $0[column].columnWidth : 0 }.max() ?? 0
        }
        return rows.map { row in
            let line = zip(row, widths).map { $0.padded(to: $1) }.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
