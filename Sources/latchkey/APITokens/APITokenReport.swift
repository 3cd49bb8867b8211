import JOSE

/// An API token as the server tells it, for people.
struct APITokenReport {
    let json: JSONObject

    private func text(_ name: String) -> String { json[name]?.string?.printable ?? "" }
    private func time(_ name: String) -> String? { json.time(name) }

    var label: String { text("label") }
    var id: String { text("id") }
    /// When the secret before ends; nil: it has.
    var overlapEnd: String? { time("overlap_ends_at") }
    private var secret: String { text("prefix") + "…" + text("last_four") }

    /// All there is to say of one.
    var rows: [(label: String, text: String)] {
        var rows = [
            ("id", id), ("label", label), ("secret", secret), ("status", text("status")),
            ("access", text("access").replacing("_", with: "-")),
            ("scopes", (json["scopes"]?.strings ?? []).joined(separator: " ").printable),
        ]
        for kind in json["resources"]?.object?.members ?? [] {
            rows.append(("only", "\(kind.name): \((kind.value.strings ?? []).joined(separator: ", "))".printable))
        }
        // A server of before does not tell the name.
        let maker = text("created_by_name").isEmpty ? text("created_by") : text("created_by_name")
        rows.append(("made", "\(time("created_at") ?? "-") by \(maker)"))
        if let rotated = time("rotated_at") { rows.append(("rotated", rotated)) }
        if let end = overlapEnd { rows.append(("overlap", "the secret before works until \(end)")) }
        rows.append(("expires", time("expires_at") ?? "never"))
        if let revoked = time("revoked_at") { rows.append(("revoked", revoked)) }
        rows.append(("used", "\(time("last_used_at") ?? "never"), \(uses) this month"))
        return rows.map { (label: $0.0, text: $0.1) }
    }

    /// Calls in the present billing period.
    var uses: String { (json["uses_this_period"]?.integer ?? 0).of("call") }

    static let head = ["ID", "LABEL", "SECRET", "ACCESS", "LAST USED", "EXPIRES", "STATUS"]

    /// One line of a list.
    var cells: [String] {
        [
            id, label, secret, text("access").replacing("_", with: "-"), time("last_used_at") ?? "-",
            time("expires_at") ?? "-", text("status"),
        ]
    }

    /// Shows the secret, this once, with what to do with it.
    func tellSecret(at issuer: Issuer, _ terminal: Terminal) {
        let secret = text("token")
        terminal.table(rows.filter { ["id", "access", "scopes", "only", "overlap", "expires"].contains($0.label) })
        terminal.line("\n\(secret)\n")
        terminal.line("Store it now: it is not shown again. To see it at work:\n")
        terminal.line("  curl -H \"Authorization: Bearer \(secret)\" \(issuer)/api/v1/me")
    }
}
