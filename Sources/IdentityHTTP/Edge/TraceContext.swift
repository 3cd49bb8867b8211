import HTTPTypes

/// The trace that a request belongs to (W3C Trace Context, Level 1 and 2): taken up, so that our log can be found from
/// the caller's, and never passed on, for nothing that we call knows of traces.
struct TraceContext: Hashable, Sendable {
    /// 32 hexadecimal digits, not all zero.
    let traceID: String

    /// Nil without a `traceparent`, and for one that is not to the letter (§3.2.2): then the trace is not ours to join.
    init?(_ headers: HTTPFields) {
        // Most requests have none: looked up once, and nothing allocated.
        guard headers.contains(.traceParent) else { return nil }
        let values = headers[values: .traceParent]
        guard values.count == 1, let value = values.first else { return nil }
        self.init(traceParent: value)
    }

    init?(traceParent value: String) {
        let text = Array(value.utf8)
        guard text.count >= Self.length, text[2] == Self.dash, text[35] == Self.dash, text[52] == Self.dash,
            let version = Self.hex(text[0..<2]), Self.hex(text[3..<35]) == .some(true),
            Self.hex(text[36..<52]) == .some(true), Self.hex(text[53..<55]) != nil
        else { return nil }
        // Version ff is forbidden. Version 00 ends here; a later one may go on, after a dash (§4.3).
        guard text[0..<2] != [UInt8(ascii: "f"), UInt8(ascii: "f")] else { return nil }
        guard text.count == Self.length || (version && text[Self.length] == Self.dash) else { return nil }
        traceID = String(decoding: text[3..<35], as: UTF8.self)
    }

    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    /// Whether lower-case hexadecimal digits are other than zero; nil if they are something else.
    private static func hex(_ digits: ArraySlice<UInt8>) -> Bool? {
        var isSomething = false
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0"): break
            case UInt8(ascii: "1")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): isSomething = true
            default: return nil
            }
        }
        return isSomething
    }
}
