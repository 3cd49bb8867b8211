import JOSE

/// A webhook as the server tells it, for people.
struct WebhookReport {
    let json: JSONObject

    private func text(_ name: String) -> String { json[name]?.string?.printable ?? "" }

    var id: String { text("id") }
    var url: String { text("url") }
    private var events: String { (json["events"]?.strings ?? []).joined(separator: " ").printable }

    private var state: String {
        guard json["enabled"]?.bool != true else { return json["failing_since"]?.string == nil ? "on" : "failing" }
        return "off (\(text("disabled_reason").replacing("_", with: " ")))"
    }

    /// All there is to say of one.
    var rows: [(label: String, text: String)] {
        var rows = [("id", id), ("url", url), ("events", events), ("state", state)]
        if let since = json.time("failing_since") { rows.append(("failing", "since \(since)")) }
        if let at = json.time("disabled_at") { rows.append(("off", "since \(at)")) }
        rows.append(("made", "\(json.time("created_at") ?? "-") by \(text("created_by"))"))
        if let rotated = json.time("rotated_at") { rows.append(("rotated", rotated)) }
        if let end = json.time("overlap_ends_at") { rows.append(("overlap", "both secrets sign until \(end)")) }
        return rows.map { (label: $0.0, text: $0.1) }
    }

    static let head = ["ID", "URL", "EVENTS", "STATE"]

    /// One line of a list.
    var cells: [String] {
        let names = json["events"]?.strings ?? []
        return [id, url, names.count <= 2 ? events : "\(names.count) events", state]
    }

    /// Shows the secret, this once, with what to do with it.
    func tellSecret(_ terminal: Terminal) {
        terminal.table(rows.filter { ["id", "url", "events", "overlap"].contains($0.label) })
        terminal.line("\n\(text("secret"))\n")
        terminal.line(
            "Store it now where the endpoint checks signatures: it is not shown again. To try whether a message arrives:\n"
        )
        terminal.line("  latchkey webhooks test \(id)")
    }
}

/// What became of one message.
struct DeliveryReport {
    let json: JSONObject

    private func text(_ name: String) -> String { json[name]?.string?.printable ?? "" }

    var id: String { text("id") }
    var isDelivered: Bool { text("status") == "delivered" }
    var attempts: Int64 { json["attempts"]?.integer ?? 0 }
    /// Whether an attempt has come to its end.
    var isTried: Bool { json["last_attempt_at"]?.string != nil }

    static let head = ["ID", "CREATED", "EVENT", "STATUS", "TRIES", "ANSWER", "NEXT"]

    var cells: [String] {
        [
            id, json.time("created_at") ?? "-", text("event"), text("status"), "\(attempts)", answer,
            json.time("next_attempt_at") ?? "-",
        ]
    }

    var answer: String {
        json["response_status"]?.integer.map { "\($0)" } ?? (text("error").isEmpty ? "-" : text("error"))
    }

    /// What came of it in one sentence.
    var sentence: String {
        let time = json["duration_ms"]?.integer.map { " after \($0) ms" } ?? ""
        if isDelivered { return "Delivered: it answered \(answer)\(time)." }
        let next = json.time("next_attempt_at").map { " It is tried again at \($0)." } ?? " It is given up."
        return "Not delivered\(time). \(text("error"))\(next)"
    }
}

extension JSONObject {
    /// A time for people: `2026-11-20 21:45:23Z`.
    func time(_ name: String) -> String? {
        self[name]?.string.flatMap(Instant.init(iso8601:)).map { $0.iso8601.replacing("T", with: " ") }
    }
}
