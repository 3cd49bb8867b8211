/// The members of a JSON object, in the order in which they were written. Names are unique.
public struct JSONObject: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// One member.
    public struct Member: Hashable, Sendable {
        /// The member's name, unescaped.
        public let name: String
        /// The member's value.
        public let value: JSONValue
    }

    /// All members, in order.
    public private(set) var members: [Member]

    /// An object of these members, in order. A name that comes again replaces the value given before.
    public init(_ members: [(name: String, value: JSONValue)] = []) {
        self.members = []
        self.members.reserveCapacity(members.count)
        for (name, value) in members { self[name] = value }
    }

    /// An object of the members of a dictionary literal, in order.
    public init(dictionaryLiteral members: (String, JSONValue)...) {
        self.init(members.map { (name: $0.0, value: $0.1) })
    }

    /// An object of members whose names are known to be unique.
    init(unique members: [Member]) {
        self.members = members
    }

    /// The value of the member `name`, or `nil` when there is none. Setting `nil` removes it.
    ///
    /// Names are compared byte for byte: Swift's own `==` would take U+212A KELVIN SIGN for the letter K.
    public subscript(_ name: String) -> JSONValue? {
        get {
            guard let index = index(of: name) else { return nil }
            return members[index].value
        }
        set {
            let member = newValue.map { Member(name: name, value: $0) }
            switch (index(of: name), member) {
            case (let index?, let member?): members[index] = member
            case (let index?, nil): members.remove(at: index)
            case (nil, let member?): members.append(member)
            case (nil, nil): break
            }
        }
    }

    /// Where the member `name` is, looked for from `start` on and then before it.
    ///
    /// - Parameter start: where to begin, if it is there: who reads members in the order in which they are written finds
    ///   each at once.
    package func index(of name: String, from start: Int = 0) -> Int? {
        let length = name.utf8.count
        var index = start
        for _ in members.indices {
            if index >= members.count { index = 0 }
            if members[index].isNamed(name, length) { return index }
            index += 1
        }
        return nil
    }
}

extension JSONObject.Member {
    /// The length first: it is known without looking, and tells most names apart. Then what is quick: `==` takes more names
    /// for the same, and never fewer.
    ///
    /// - Parameter length: of the name, in UTF-8.
    func isNamed(_ name: String, _ length: Int) -> Bool {
        self.name.utf8.count == length && self.name == name && self.name.isExactly(name)
    }
}
