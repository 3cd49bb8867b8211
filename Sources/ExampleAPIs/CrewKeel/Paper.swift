/// An estimate or an invoice as it is printed.
struct Paper {
    let title: String
    /// `2026-11-22`
    let date: String
    let job: String
    let customer: String?
    let items: [LineItem]
    let totalCents: Int

    /// A PDF of one page or several.
    var pdf: [UInt8] { PDF.document(title: title, lines: lines) }

    private var lines: [PDF.Line] {
        var lines: [PDF.Line] = [PDF.Line(PDF.text(title).padded(to: 72) + PDF.text(date), isBold: true), .empty]
        lines += PDF.text(job).pieces(of: PDF.columns).map { PDF.Line($0) }
        if let customer { lines += PDF.text("For " + customer).pieces(of: PDF.columns).map { PDF.Line($0) } }
        lines += [.empty, row(PDF.text("Description"), "Quantity", "Price", "Amount", isBold: true)]
        for item in items { lines += rows(of: item) }
        return lines + [.empty, row(PDF.text("Total"), "", "", Self.money(totalCents), isBold: true)]
    }

    /// A long description goes on below.
    private func rows(of item: LineItem) -> [PDF.Line] {
        let pieces = PDF.text(item.description).pieces(of: 36)
        let first = row(
            pieces.first ?? [], String(item.quantity), Self.money(item.unitPriceCents), Self.money(item.totalCents))
        return [first] + pieces.dropFirst().map { PDF.Line($0) }
    }

    private func row(
        _ text: [UInt8], _ quantity: String, _ price: String, _ amount: String, isBold: Bool = false
    ) -> PDF.Line {
        let figures = [(quantity, 10), (price, 16), (amount, 20)].flatMap { text, width in
            PDF.text(text).padded(to: width, fromLeft: true)
        }
        return PDF.Line(text.padded(to: 36) + figures, isBold: isBold)
    }

    /// `1234.50`
    static func money(_ cents: Int) -> String {
        let rest = cents % 100
        return "\(cents / 100)." + (rest < 10 ? "0\(rest)" : "\(rest)")
    }
}

extension [UInt8] {
    /// Spaces up to a width; never less than there is.
    fileprivate func padded(to width: Int, fromLeft: Bool = false) -> [UInt8] {
        let spaces = [UInt8](repeating: UInt8(ascii: " "), count: Swift.max(0, width - count))
        return fromLeft ? spaces + self : self + spaces
    }

    fileprivate func pieces(of width: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: width).map { Array(self[$0..<Swift.min($0 + width, count)]) }
    }
}
