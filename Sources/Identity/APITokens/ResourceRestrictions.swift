package import JOSE

/// To which things of a resource server a token is confined, by kind: `{"projects": ["prj_1", "prj_2"]}`.
///
/// Latchkey does not know what they are. It keeps them to the letter and hands them on, in introspection and in the
/// exchanged JWT; the resource server compares. A kind that is not named is not confined.
package struct ResourceRestrictions: Hashable, Sendable {
    /// As an object whose members are lists of texts.
    package let json: JSONObject

    package static let maximumKinds = 16
    package static let maximumItems = 100
    package static let maximumKindLength = 64
    package static let maximumItemLength = 128
    /// Of the whole, as compact JSON.
    package static let maximumLength = 4_096

    /// Nil for what is out of bounds: no kind at all, an empty list, an item twice, a name or an item that is empty or
    /// holds more than printable ASCII without quotes and backslashes.
    package init?(_ object: JSONObject) {
        guard (1...Self.maximumKinds).contains(object.members.count) else { return nil }
        for member in object.members {
            guard let items = member.value.strings, (1...Self.maximumItems).contains(items.count),
                Set(items).count == items.count, Self.isWord(member.name, atMost: Self.maximumKindLength),
                items.allSatisfy({ Self.isWord($0, atMost: Self.maximumItemLength) })
            else { return nil }
        }
        guard JSONValue.object(object).serialized().count <= Self.maximumLength else { return nil }
        json = object
    }

    /// Reads what we stored ourselves.
    init?(stored text: String) {
        guard let object = try? JSONValue.parse(Array(text.utf8)).object else { return nil }
        self.init(object)
    }

    var text: String { String(decoding: JSONValue.object(json).serialized(), as: UTF8.self) }

    private static func isWord(_ text: String, atMost length: Int) -> Bool {
        (1...length).contains(text.utf8.count)
            && text.utf8.allSatisfy { $0 == 0x21 || (0x23...0x5B).contains($0) || (0x5D...0x7E).contains($0) }
    }
}
