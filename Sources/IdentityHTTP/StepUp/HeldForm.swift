import Identity
import JOSE

/// A form that takes a second factor, sent by someone who has none yet. It goes with them from page to page while they set
/// one up, in a hidden field, and is sent again at the end: what was typed is not lost. Nothing of it is kept here, and
/// nothing put in a URL.
struct HeldForm {
    let action: String
    let fields: [(name: String, value: String)]

    static let field = "held_form"

    /// Those that are worth it: each asks for a second factor in place.
    private static let actions: Set<String> = [
        "/organization/tokens", "/organization/tokens/rotate", "/organization/webhooks",
        "/organization/webhooks/change",
        "/organization/webhooks/rotate", "/device/decision",
    ]

    /// Nil for what is no such form.
    init?(action: String, fields: [(name: String, value: String)]) {
        guard Self.actions.contains(action) else { return nil }
        (self.action, self.fields) = (action, fields)
    }

    /// The one that a form of such a page carries; nil: none.
    init?(carriedBy form: FormBody) throws {
        guard let text = form[Self.field] else { return nil }
        guard let bytes = Base64URL.decode(text), let json = try? JSONValue.parse(bytes).object,
            let action = json["action"]?.string, let entries = json["fields"]?.object
        else { throw Self.unreadable }
        let fields = entries.members.compactMap { member in
            member.value.string.map { (name: member.name, value: $0) }
        }
        guard fields.count == entries.members.count, let held = HeldForm(action: action, fields: fields) else {
            throw Self.unreadable
        }
        self = held
    }

    private static let unreadable = Refusal.invalidRequest(
        "\(field) is no form of this server. Begin with the form that you wanted to send.")

    /// How a hidden field carries it.
    var text: String {
        var entries = JSONObject()
        for entry in fields { entries[entry.name] = .string(entry.value) }
        return Base64URL.encode(
            JSONValue.object(["action": .string(action), "fields": .object(entries)]).serialized())
    }

    /// For the page that sends it.
    var context: [String: Any] {
        ["action": action, "fields": fields.map { ["name": $0.name, "value": $0.value] }]
    }
}
