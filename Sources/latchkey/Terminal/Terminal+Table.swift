extension Terminal {
    /// Labels on the left, all of one width; texts beside them, broken between words where the terminal ends.
    func table(_ rows: [(label: String, text: String)]) {
        let width = rows.map(\.label.columnWidth).max() ?? 0
        for row in rows {
            let label = row.label.padded(to: width)
            let margin = String(repeating: " ", count: width)
            for (number, text) in row.text.wrapped(to: max(columns - width - 4, 20)).enumerated() {
                line("  \(number == 0 ? label : margin)  \(text)")
            }
        }
    }
}

extension String {
    /// Lines of so many columns at most; a longer word has a line of its own.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        for word in split(separator: " ") {
            if let last = lines.last, last.columnWidth + 1 + String(word).columnWidth <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
