import Identity
import JOSE

// What the page of an organization tells of what was done in it. All of it is in the audit of the API.

extension AuditRecord {
    /// - Parameter people: whom it names by their identifiers.
    func context(naming people: [User.ID: Person]) -> [String: Any] {
        var context: [String: Any] = [
            "event": sentence, "at": at.moment,
            "facts": facts(naming: people).filter { !$0.value.isEmpty }
                .map { ["name": $0.name.spaced, "value": $0.value] },
        ]
        if case .user(_, let name, let email) = actor { context["by"] = Self.called(name, email) }
        if !address.isEmpty { context["from"] = address }
        return context
    }

    private func facts(naming people: [User.ID: Person]) -> [(name: String, value: String)] {
        // Of what was made or is gone there is one of the two, which speaks for itself.
        let isChange = !before.members.isEmpty && !after.members.isEmpty
        let changes = [("before", before), ("after", after)].flatMap { word, object in
            object.members.map { member in
                (
                    name: isChange ? "\(member.name) \(word)" : member.name,
                    value: Self.text(of: member.value, in: member.name)
                )
            }
        }
        return changes
            + detail.members.map { member in
                let person = Self.person(namedBy: (member.name, member.value)).flatMap { people[$0] }
                let called = person.flatMap { Self.called($0.name, $0.email.text) }
                return (name: member.name, value: called ?? Self.text(of: member.value, in: member.name))
            }
    }

    private static func text(of value: JSONValue, in member: String) -> String {
        let text = value.string ?? ""
        return lists.contains(member) ? text.shortened : text
    }

    /// Their values are words with spaces between.
    private static let lists: Set<String> = ["scope", "events"]

    /// `Ada Lovelace (ada@example.org)`; nil for who has neither.
    private static func called(_ name: String?, _ email: String?) -> String? {
        guard let name, !name.isEmpty, name != email else { return email }
        return email.map { "\(name) (\($0))" } ?? name
    }

    /// `An API token was made`. Of a kind that only a newer node knows, its name.
    private var sentence: String {
        guard let meaning = AuditEvent.Kind(rawValue: event)?.meaning else { return event }
        return meaning.prefix(1).uppercased() + meaning.dropFirst()
    }
}

extension String {
    fileprivate var spaced: String { replacing("_", with: " ") }

    /// The first five of a list of words, and how many more there are.
    fileprivate var shortened: String {
        let most = 5
        guard words.count > most else { return self }
        return words.prefix(most).joined(separator: " ") + " … and \((words.count - most).grouped) more"
    }
}
