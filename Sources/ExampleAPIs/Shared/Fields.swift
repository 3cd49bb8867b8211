import Foundation
import LatchkeyHummingbird

/// The fields of an object in a body, each with its bounds. A field that is not among them is refused, so that a typing
/// error does not look like success.
///
///     init(from decoder: any Decoder) throws {
///         let fields = try Fields(decoder, ["title", "status"])
///         title = try fields.text("title", 1...200)
///         status = try fields.optional("status") { try $0.choice($1) } ?? .new
///     }
///
/// `null` is the same as not being there, but for ``holds(_:)``.
struct Fields {
    private struct Name: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private let container: KeyedDecodingContainer<Name>

    init(_ decoder: any Decoder, _ names: [String]) throws {
        container = try decoder.container(keyedBy: Name.self)
        let unknown = container.allKeys.map(\.stringValue).filter { !names.contains($0) }.min()
        if let unknown {
            throw APIRefusal.invalidRequest(
                "There is no field \(path(unknown)). There are: \(names.joined(separator: ", ")).")
        }
    }

    /// Whether the field is there, be it as `null`: for changes, in which `null` takes something away.
    func holds(_ name: String) -> Bool { container.contains(Name(stringValue: name)) }

    private func isThere(_ name: String) -> Bool {
        let key = Name(stringValue: name)
        return container.contains(key) && (try? container.decodeNil(forKey: key)) != true
    }

    /// What `read` makes of a field, when it is there.
    func optional<Value>(_ name: String, _ read: (Fields, String) throws -> Value) rethrows -> Value? {
        isThere(name) ? try read(self, name) : nil
    }

    /// Text of so many characters (Unicode scalars) in any language, not of spaces alone.
    func text(_ name: String, _ length: ClosedRange<Int>) throws -> String {
        let wanted = "must be text of \(length.lowerBound) to \(length.upperBound) characters"
        let text = try value(name, String.self, wanted)
        guard length.contains(text.unicodeScalars.count) else { throw refusal(name, wanted) }
        guard length.lowerBound == 0 || !text.allSatisfy(\.isWhitespace) else {
            throw refusal(name, "must not be of spaces alone")
        }
        guard
            text.unicodeScalars.allSatisfy({
                $0.properties.generalCategory != .control || "\n\r\t".unicodeScalars.contains($0)
            })
        else { throw refusal(name, "must not have control characters") }
        return text
    }

    /// A whole number.
    func integer(_ name: String, _ range: ClosedRange<Int>) throws -> Int {
        let wanted = "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
        let number = try value(name, Int.self, wanted)
        guard range.contains(number) else { throw refusal(name, wanted) }
        return number
    }

    /// `true` or `false`.
    func flag(_ name: String) throws -> Bool { try value(name, Bool.self, "must be true or false") }

    /// One of some words.
    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, _ type: Choice.Type = Choice.self
    ) throws -> Choice {
        let wanted = "must be one of: " + Choice.allCases.map(\.rawValue).joined(separator: ", ")
        guard let choice = Choice(rawValue: try value(name, String.self, wanted)) else { throw refusal(name, wanted) }
        return choice
    }

    /// A time in ISO 8601 between the years 2000 and 2200: `2026-11-22T09:30:00Z`.
    func time(_ name: String) throws -> Date {
        let wanted = "must be a time such as 2026-11-22T09:30:00Z, between the years 2000 and 2200"
        let text = try value(name, String.self, wanted)
        guard let time = Date(strict: text), (946_684_800.0..<7_258_118_400.0).contains(time.timeIntervalSince1970)
        else { throw refusal(name, wanted) }
        return time
    }

    /// A list of objects.
    func list<Element: Decodable>(
        _ name: String, _ count: ClosedRange<Int>, of type: Element.Type = Element.self
    ) throws -> [Element] {
        let wanted = "must be a list of \(count.lowerBound) to \(count.upperBound)"
        let key = Name(stringValue: name)
        guard isThere(name) else { throw refusal(name, wanted) }
        guard var elements = try? container.nestedUnkeyedContainer(forKey: key) else { throw refusal(name, wanted) }
        guard count.contains(elements.count ?? 0) else { throw refusal(name, wanted) }
        var list: [Element] = []
        while !elements.isAtEnd { list.append(try elements.decode(Element.self)) }
        return list
    }

    /// What is wrong with a field.
    func refusal(_ name: String, _ wanted: String) -> APIRefusal { .invalidRequest("\(path(name)) \(wanted).") }

    private func path(_ name: String) -> String { (container.codingPath + [Name(stringValue: name)]).fieldName }

    /// A field as something decodes itself; refused with what is wanted when it cannot.
    func value<Value: Decodable>(_ name: String, _ type: Value.Type, _ wanted: String) throws -> Value {
        guard isThere(name), let value = try? container.decode(type, forKey: Name(stringValue: name)) else {
            throw refusal(name, wanted)
        }
        return value
    }
}

extension Date {
    /// ISO 8601 with or without fractions of a second. Foundation takes 30 February for 2 March; this does not.
    fileprivate init?(strict text: String) {
        let local = text.prefix(19) + "Z"
        guard text.utf8.count <= 40, let plain = try? Date(String(local), strategy: .iso8601),
            plain.formatted(.iso8601) == local
        else { return nil }
        let styles = [Date.ISO8601FormatStyle(), Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
        guard let time = styles.lazy.compactMap({ try? Date(text, strategy: $0) }).first else { return nil }
        self = time
    }
}
