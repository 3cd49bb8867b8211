import JOSE

extension JSONValue {
    /// The value with a member or element a line, as people read it.
    func pretty(indentation: String = "") -> String {
        let inner = indentation + "  "
        switch self {
        case .object(let object) where !object.members.isEmpty:
            let members = object.members.map { member in
                inner + JSONValue.string(member.name).compact + ": " + member.value.pretty(indentation: inner)
            }
            return "{\n" + members.joined(separator: ",\n") + "\n\(indentation)}"
        case .array(let elements) where !elements.isEmpty:
            let lines = elements.map { inner + $0.pretty(indentation: inner) }
            return "[\n" + lines.joined(separator: ",\n") + "\n\(indentation)]"
        default: return compact
        }
    }

    private var compact: String { String(decoding: serialized(), as: UTF8.self) }
}
