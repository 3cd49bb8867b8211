import JOSE

/// An audit event as the server tells it, on one line for people.
struct AuditEventReport {
    let json: JSONObject

    var id: String { json["id"]?.string ?? "" }
    var at: Instant? { json["at"]?.string.flatMap(Instant.init(iso8601:)) }

    /// `2026-11-20 21:45:23Z  API_TOKEN_RENAMED  ada@example.com (latchkey-cli)  label: CI -> Deploy  token=tok_…  192.0.2.7`
    var line: String {
        let time = at.map { $0.iso8601.replacing("T", with: " ") } ?? "-"
        let parts = [time, json["event"]?.string ?? "-", actor] + changes + details + [json["address"]?.string ?? ""]
        return parts.filter { !$0.isEmpty }.joined(separator: "  ").printable.replacing("\n", with: " ")
    }

    private var actor: String {
        let actor = json["actor"]?.object
        let name = actor?["email"]?.string ?? actor?["id"]?.string ?? actor?["type"]?.string ?? "-"
        // Of a login's own events the client is that of the login, whoever ended it.
        guard json["detail"]?.object?["member"] == nil else { return name }
        return json["client"]?.string.map { "\(name) (\($0))" } ?? name
    }

    private var changes: [String] {
        let (before, after) = (json["before"]?.object, json["after"]?.object)
        var names = before?.members.map(\.name) ?? []
        for name in after?.members.map(\.name) ?? [] where !names.contains(name) { names.append(name) }
        return names.map { name in
            let new = (after?[name]?.string).map { Self.shown(name, $0) } ?? "none"
            let old = (before?[name]?.string).map { Self.shown(name, $0) }
            return old.map { "\(name): \($0) -> \(new)" } ?? "\(name): \(new)"
        }
    }

    private var details: [String] {
        (json["detail"]?.object?.members ?? []).compactMap { member in
            member.value.string.map { "\(member.name)=\(Self.shown(member.name, $0))" }
        }
    }

    /// A long list of scopes by its first five: the line is to be read. All are in the JSON.
    private static func shown(_ name: String, _ text: String) -> String {
        let words = text.split(separator: " ")
        guard ["scope", "scopes"].contains(name), words.count > 5 else { return text }
        return words.prefix(5).joined(separator: " ") + " … and \(words.count - 5) more"
    }
}
