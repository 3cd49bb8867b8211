/// Reads one `Forwarded` field (RFC 7239 §4) to the letter.
struct ForwardedParser {
    private var rest: Substring.UTF8View

    init(_ field: String) {
        rest = field[...].utf8
    }

    /// A hop for each element, in order; nil when the field is malformed anywhere.
    mutating func hops() -> [ForwardedHop]? {
        var hops: [ForwardedHop] = []
        repeat {
            guard let hop = element() else { return nil }
            hops.append(hop)
        } while take(UInt8(ascii: ","))
        return rest.isEmpty ? hops : nil
    }

    /// `for=…;by=…;proto=…`: who it is for, or that it does not say. A parameter may be there once.
    private mutating func element() -> ForwardedHop? {
        var names: Set<String> = []
        var hop = ForwardedHop.unknown
        repeat {
            skipBlanks()
            guard let name = token()?.lowercased() else { break }
            guard take(UInt8(ascii: "=")), let value = value(), names.insert(name).inserted else { return nil }
            if name == "for" { hop = ForwardedHop(node: value) }
            skipBlanks()
        } while take(UInt8(ascii: ";"))
        return hop
    }

    private mutating func value() -> String? {
        rest.first == UInt8(ascii: "\"") ? quoted() : token()
    }

    /// RFC 9110 §5.6.2
    private mutating func token() -> String? {
        let token = rest.prefix(while: Self.isTokenCharacter)
        guard !token.isEmpty else { return nil }
        rest = rest[token.endIndex...]
        return String(token)
    }

    /// RFC 9110 §5.6.4
    private mutating func quoted() -> String? {
        var bytes: [UInt8] = []
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(validating: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                bytes.append(escaped)
            default: bytes.append(byte)
            }
        }
        return nil
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func skipBlanks() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
    }

    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
