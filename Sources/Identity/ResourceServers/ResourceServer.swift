/// An API that takes our tokens: an audience, and the scopes it knows.
package struct ResourceServer: Sendable, Identified {
    package static let identifierPrefix = "res"
    package typealias ID = Identifier<ResourceServer>

    /// What its tokens carry as `aud`, a URI (RFC 8707).
    package let identifier: String
    package let name: String
    package let scopes: [Scope]

    package init(identifier: String, name: String, scopes: [Scope]) {
        self.identifier = identifier
        self.name = name
        self.scopes = scopes
    }

    package static let maximumIdentifierLength = 255
    /// Its scopes, at most; as many as one request may name.
    package static let maximumScopes = ScopeSet.maximumCount

    /// An absolute URI without a fragment (RFC 8707 §2), of printable ASCII.
    package static func isIdentifier(_ text: String) -> Bool {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), text.utf8.count <= maximumIdentifierLength,
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && !##""#<>\^`{|}"##.utf8.contains($0) })
        else { return false }
        let scheme = text.utf8[..<colon]
        return !text.utf8[text.utf8.index(after: colon)...].isEmpty
            && scheme.first.map { Self.isLetter($0) } == true
            && scheme.allSatisfy { Self.isLetter($0) || (0x30...0x39).contains($0) || "+-.".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }

    /// Whether another says the same of it. The order of scopes says nothing.
    func isSame(as other: ResourceServer) -> Bool {
        identifier == other.identifier && name == other.name && Set(scopes) == Set(other.scopes)
    }
}

/// One thing a token may be allowed to do.
package struct Scope: Hashable, Sendable {
    package let name: String
    /// For the person who is asked to approve it.
    package let description: String

    package init(_ name: String, _ description: String) {
        self.name = name
        self.description = description
    }

    package static let maximumNameLength = 64

    /// One word of RFC 6749's `scope-token`.
    package static func isName(_ text: String) -> Bool {
        text.utf8.count <= maximumNameLength && ScopeSet(parsing: text)?.names == [text]
    }
}
