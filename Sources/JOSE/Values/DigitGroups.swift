extension BinaryInteger {
    /// With a comma between each three digits, `1,000,000`: for people, on pages, in tables and mails. Never in JSON,
    /// where programs read it.
    package var grouped: String {
        let text = String(self)
        let digits = text.drop { $0 == "-" }
        var grouped = text.prefix { $0 == "-" }
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place).isMultiple(of: 3) { grouped.append(",") }
            grouped.append(digit)
        }
        return String(grouped)
    }
}
