// RFC 3339 text both ways, by the civil-calendar arithmetic of Howard Hinnant's "chrono-compatible low-level date
// algorithms". No formatter: those need Foundation, a locale, and a microsecond or two each.

extension Instant {
    /// The moment in UTC to the second, as `2026-11-20T21:45:23Z`. Moments outside the years 0–9999 are shown as the
    /// nearest one inside.
    public var iso8601: String {
        let inside = min(max(seconds, -62_167_219_200), 253_402_300_799)
        let ofDay = ((inside % 86_400) + 86_400) % 86_400
        let date = CivilDate(daysSince1970: (inside - ofDay) / 86_400)
        var text: [UInt8] = []
        text.reserveCapacity(20)
        text.append(decimal: date.year, digits: 4)
        for (separator, value) in [("-", date.month), ("-", date.day), ("T", ofDay / 3600), (":", ofDay / 60 % 60)] {
            text.append(contentsOf: separator.utf8)
            text.append(decimal: value, digits: 2)
        }
        text.append(UInt8(ascii: ":"))
        text.append(decimal: ofDay % 60, digits: 2)
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    /// The first moment of its month, UTC.
    package var startOfMonth: Instant {
        let day = startOfDay.seconds / 86_400
        return Instant(seconds: (day + 1 - CivilDate(daysSince1970: day).day) * 86_400)
    }

    /// The first moment of its day, UTC.
    package var startOfDay: Instant {
        let day = 86_400 as Int64
        return Instant(seconds: seconds - (seconds % day + day) % day)
    }

    /// Reads RFC 3339 §5.6 `date-time`: `Z` or a numeric offset, any fraction of a second (digits beyond the sixth are
    /// dropped). `nil` for anything else, a 30th of February and a leap second among it.
    public init?(iso8601 text: String) {
        var input = DateTimeScanner(bytes: Array(text.utf8))
        guard let year = input.number(digits: 4), input.skip("-"),
            let month = input.number(digits: 2), input.skip("-"),
            let day = input.number(digits: 2), input.skip("Tt"),
            let hour = input.number(digits: 2), hour < 24, input.skip(":"),
            let minute = input.number(digits: 2), minute < 60, input.skip(":"),
            let second = input.number(digits: 2), second < 60,
            let fraction = input.fraction(), let offset = input.offset(), input.isAtEnd,
            let date = CivilDate(year: year, month: month, day: day)
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }
}

/// A day of the proleptic Gregorian calendar.
private struct CivilDate {
    var year: Int64
    var month: Int64
    var day: Int64

    init?(year: Int64, month: Int64, day: Int64) {
        self.year = year
        self.month = month
        self.day = day
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        // A day the month does not have comes back as a day of the next one.
        guard CivilDate(daysSince1970: daysSince1970).day == day else { return nil }
    }

    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468  // days since 0000-03-01
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * ofYear + 2) / 153
        day = ofYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear - 719_468
    }
}

/// Reads the parts of a `date-time` in order.
private struct DateTimeScanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    private mutating func digit() -> Int64? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        defer { position += 1 }
        return Int64(bytes[position] - UInt8(ascii: "0"))
    }

    mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// Steps over one byte when it is one of `choices`.
    mutating func skip(_ choices: String) -> Bool {
        guard position < bytes.count, choices.utf8.contains(bytes[position]) else { return false }
        position += 1
        return true
    }

    /// Microseconds; zero when there is no fraction, `nil` when the point has no digit after it.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        guard var value = digit() else { return nil }
        var unit: Int64 = 100_000
        value *= unit
        while let next = digit() {
            unit /= 10
            value += next * unit
        }
        return value
    }

    /// Seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Zz") { return 0 }
        let sign: Int64 = skip("+") ? 1 : -1
        guard sign == 1 || skip("-"), let hours = number(digits: 2), hours < 24, skip(":"),
            let minutes = number(digits: 2), minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}

extension [UInt8] {
    /// Appends a value that is not negative, with leading zeros.
    fileprivate mutating func append(decimal value: Int64, digits: Int) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}
