import HTTPTypes
import Hummingbird

/// A form-encoded body (RFC 6749 Appendix B). A parameter without a value counts as not sent, and one sent twice is
/// refused (RFC 6749 §3.2).
struct FormBody: Sendable {
    private let values: [String: String]

    init(_ call: Call) throws {
        guard call.request.headers.mediaType == "application/x-www-form-urlencoded" || call.body.isEmpty else {
            throw Refusal.invalidRequest("The body must be sent as application/x-www-form-urlencoded.")
        }
        var values: [String: String] = [:]
        for pair in call.body.split(separator: UInt8(ascii: "&")) {
            let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(halves[0]), let value = Self.decode(halves.count > 1 ? halves[1] : []) else {
                throw Refusal.invalidRequest("The form is not encoded as it should be.")
            }
            if value.isEmpty { continue }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Refusal.invalidRequest("The parameter \(name) is sent more than once.")
            }
        }
        self.values = values
    }

    subscript(_ name: String) -> String? { values[name] }

    /// All that was sent, by name.
    var fields: [(name: String, value: String)] {
        values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
    }

    func required(_ name: String) throws -> String {
        guard let value = values[name] else {
            throw Refusal.invalidRequest("The parameter \(name) is missing.")
        }
        return value
    }

    /// Nil for a broken escape or anything that is not UTF-8.
    static func decode(_ encoded: ArraySlice<UInt8>) -> String? {
        // Most is sent as it is.
        if !encoded.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) { return text(encoded) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(encoded.count)
        var index = encoded.startIndex
        while index < encoded.endIndex {
            switch encoded[index] {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard encoded.distance(from: index, to: encoded.endIndex) > 2,
                    let high = hexadecimal(encoded[index + 1]), let low = hexadecimal(encoded[index + 2])
                else { return nil }
                bytes.append(high << 4 | low)
                index += 2
            case let byte: bytes.append(byte)
            }
            index += 1
        }
        return text(bytes[...])
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String? {
        // What is all ASCII needs no proof, and nearly everything is.
        if bytes.allSatisfy({ $0 < 0x80 }) { return String(decoding: bytes, as: UTF8.self) }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func hexadecimal(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
