import JOSE

extension Message {
    /// The message as it goes over the wire: RFC 5322, 7-bit, every line ended by CR LF and no longer than
    /// 78 octets, unless an address is.
    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        for line in headers + ["", "--" + Self.boundary] { bytes.append(line: line) }
        bytes.append(part: "text/plain; charset=utf-8", text)
        bytes.append(line: "--" + Self.boundary)
        bytes.append(part: "text/html; charset=utf-8", html)
        bytes.append(line: "--" + Self.boundary + "--")
        return bytes
    }

    private var headers: [String] {
        [
            "Date: \(date.mailDate)",
            "From: \(sender.header)",
            "To: \(recipient.header)",
            "Message-ID:\r\n <\(id)>",
            "Subject: \(subject.headerText)",
            // RFC 3834 §5: no out-of-office answer, please.
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: multipart/alternative; boundary=\"\(Self.boundary)\"",
        ]
    }

    /// RFC 2045 §6.7: quoted-printable never has `=_` in it, so no part can hold this line.
    private static let boundary = "=_alternative"
}

extension Mailbox {
    /// RFC 5322 §3.4 `mailbox`, the address on a line of its own when there is a name.
    fileprivate var header: String {
        name.isEmpty ? address : "\(name.headerPhrase)\r\n <\(address)>"
    }
}

extension [UInt8] {
    fileprivate mutating func append(line: String) {
        append(contentsOf: line.utf8)
        append(contentsOf: "\r\n".utf8)
    }

    fileprivate mutating func append(part type: String, _ content: String) {
        append(line: "Content-Type: " + type)
        append(line: "Content-Transfer-Encoding: quoted-printable")
        append(line: "")
        append(contentsOf: QuotedPrintable.encode(content))
        append(line: "")
    }
}

extension Instant {
    /// RFC 5322 §3.3: `Fri, 20 Nov 2026 21:45:23 +0000`.
    var mailDate: String {
        let fields = iso8601.split { "-T:Z".contains($0) }.compactMap { Int($0) }
        guard fields.count == 6, (1...12).contains(fields[1]) else { return iso8601 }
        let days = (seconds - ((seconds % 86_400) + 86_400) % 86_400) / 86_400
        let weekday = Int(((days % 7) + 7 + 4) % 7)  // 1 January 1970 was a Thursday
        let clock = fields[3...5].map { ($0 < 10 ? "0" : "") + String($0) }.joined(separator: ":")
        let year = String(repeating: "0", count: max(0, 4 - String(fields[0]).count)) + String(fields[0])
        return "\(Self.weekdays[weekday]), \(fields[2]) \(Self.months[fields[1] - 1]) \(year) \(clock) +0000"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
