/// A recursive-descent reader of canonical CBOR whose recursion is bounded by `CBORValue.maximumDepth`.
///
/// It reads one item from a position on and says where that ends, because authenticator data puts items one after the
/// other without their lengths.
struct CBORDecoder {
    private let bytes: [UInt8]
    private(set) var position: Int
    private var depth = 0

    init(_ bytes: [UInt8], at position: Int) throws(CBORError) {
        guard bytes.count <= CBORValue.maximumLength else { throw .tooLong }
        self.bytes = bytes
        self.position = position
    }

    mutating func item() throws(CBORError) -> CBORValue {
        let start = position
        let head = try head()
        switch head.majorType {
        case 0: return .unsigned(head.argument)
        case 1: return .negative(head.argument)
        case 2: return .bytes(Array(try take(head.argument)))
        case 3: return .text(try text(head.argument))
        case 4: return .array(try array(head.argument))
        case 5: return .map(try map(head.argument))
        case 7: return try simple(head, at: start)
        // 6 is a tag, which CTAP 2.1 §8 forbids.
        default: throw .unsupported(position: start)
        }
    }

    // MARK: Heads

    /// The first byte of an item, and the number that follows it (RFC 8949 §3).
    private struct Head {
        let majorType: UInt8
        /// The low five bits as they stand.
        let information: UInt8
        let argument: UInt64
    }

    private mutating func head() throws(CBORError) -> Head {
        let start = position
        guard let first = try take(1).first else { throw .unexpectedEnd }
        let (majorType, information) = (first >> 5, first & 0x1F)
        switch information {
        case 0..<24: return Head(majorType: majorType, information: information, argument: UInt64(information))
        case 24...27:
            var argument: UInt64 = 0
            for byte in try take(1 << UInt64(information - 24)) { argument = argument << 8 | UInt64(byte) }
            // After major type 7 stands no number but a simple value or a float, which are refused as such.
            guard majorType == 7 || argument >= Self.smallest[Int(information - 24)] else {
                throw .notShortest(position: start)
            }
            return Head(majorType: majorType, information: information, argument: argument)
        case 31: throw .indefiniteLength(position: start)
        default: throw .unsupported(position: start)
        }
    }

    /// The smallest number that needs one, two, four or eight bytes after the first.
    private static let smallest: [UInt64] = [24, 1 << 8, 1 << 16, 1 << 32]

    /// Steps over `count` bytes. A count comes from outside: it may be larger than an `Int`.
    private mutating func take(_ count: UInt64) throws(CBORError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.count - position) else { throw .unexpectedEnd }
        defer { position += Int(count) }
        return bytes[position..<position + Int(count)]
    }

    // MARK: Values

    private mutating func text(_ count: UInt64) throws(CBORError) -> String {
        let start = position
        guard let text = String(validating: try take(count), as: UTF8.self) else {
            throw .invalidUTF8(position: start)
        }
        return text
    }

    /// `false`, `true` and `null`. Nothing that WebAuthn defines and we use is a float or `undefined`.
    private func simple(_ head: Head, at start: Int) throws(CBORError) -> CBORValue {
        switch head.information {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22: return .null
        default: throw .unsupported(position: start)
        }
    }

    private mutating func array(_ count: UInt64) throws(CBORError) -> [CBORValue] {
        try enter(needing: count)
        var elements: [CBORValue] = []
        for _ in 0..<count { elements.append(try item()) }
        depth -= 1
        return elements
    }

    private mutating func map(_ count: UInt64) throws(CBORError) -> CBORMap {
        // A map of 2^63 entries or more would overflow here, and ends at the check of what is left.
        let (items, overflow) = count.multipliedReportingOverflow(by: 2)
        try enter(needing: overflow ? .max : items)
        var entries: [CBORMap.Entry] = []
        var last: ArraySlice<UInt8>?
        for _ in 0..<count {
            let start = position
            let key = try item()
            guard key.isKey else { throw .invalidKey(position: start) }
            let written = bytes[start..<position]
            guard last.map({ Self.sorts($0, before: written) }) ?? true else { throw .unsortedKeys(position: start) }
            last = written
            entries.append(.init(key: key, value: try item()))
        }
        depth -= 1
        return CBORMap(entries)
    }

    /// Each item takes a byte at least, so a count beyond what is left is refused before anything is allocated.
    private mutating func enter(needing items: UInt64) throws(CBORError) {
        guard depth < CBORValue.maximumDepth else { throw .tooDeep }
        guard items <= UInt64(bytes.count - position) else { throw .unexpectedEnd }
        depth += 1
    }

    /// The order of CTAP 2.1 §8: by major type, then the shorter first, then byte by byte. Equal keys do not sort.
    private static func sorts(_ left: ArraySlice<UInt8>, before right: ArraySlice<UInt8>) -> Bool {
        let (leftType, rightType) = ((left.first ?? 0) >> 5, (right.first ?? 0) >> 5)
        if leftType != rightType { return leftType < rightType }
        if left.count != right.count { return left.count < right.count }
        return left.lexicographicallyPrecedes(right)
    }
}

extension CBORValue {
    fileprivate var isKey: Bool {
        switch self {
        case .unsigned, .negative, .text: true
        default: false
        }
    }
}
