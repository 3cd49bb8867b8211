import JOSE

extension Instant {
    /// A time for a page: exact for machines, readable for people.
    var moment: [String: String] {
        ["iso": iso8601, "text": readable]
    }

    /// `20 November 2026, 21:45 UTC`
    private var readable: String {
        let fields = iso8601.split(whereSeparator: { "-T:Z.".contains($0) })
        guard fields.count >= 5, let month = Int(fields[1]), (1...12).contains(month) else { return iso8601 }
        let day = fields[2].drop { $0 == "0" }
        return "\(day) \(Self.months[month - 1]) \(fields[0]), \(fields[3]):\(fields[4]) UTC"
    }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
}
