/// A CBOR item (RFC 8949) in the canonical form of CTAP 2.1 §8, which WebAuthn §2.4 asks of everything it carries.
///
/// A value has exactly one writing, so what was read can be told from its bytes.
package enum CBORValue: Hashable, Sendable {
    /// A number from 0.
    case unsigned(UInt64)
    /// The number −1 − n, as CBOR counts them.
    case negative(UInt64)
    /// A byte string.
    case bytes([UInt8])
    /// A text.
    case text(String)
    /// An array.
    case array([CBORValue])
    /// A map.
    case map(CBORMap)
    /// `true` or `false`
    case bool(Bool)
    /// `null`
    case null

    /// The longest input that is read, in bytes. Attestation statements with their certificates stay far below.
    package static let maximumLength = 64 * 1024
    /// CTAP 2.1 §8 allows four levels; a compound attestation statement (WebAuthn §8.9) holds others and needs one more.
    package static let maximumDepth = 5

    /// Reads one item, which must be all of `bytes`.
    package static func decode(_ bytes: [UInt8]) throws(CBORError) -> CBORValue {
        var decoder = try CBORDecoder(bytes, at: 0)
        let value = try decoder.item()
        guard decoder.position == bytes.count else { throw .trailingBytes(position: decoder.position) }
        return value
    }
}

extension CBORValue {
    /// The number, when this is one of 64 bits with a sign.
    package var integer: Int64? {
        switch self {
        case .unsigned(let number): Int64(exactly: number)
        case .negative(let number): Int64(exactly: number).map { -1 - $0 }
        default: nil
        }
    }

    /// The bytes, when this is a byte string.
    package var bytes: [UInt8]? {
        if case .bytes(let bytes) = self { bytes } else { nil }
    }

    /// The text, when this is one.
    package var text: String? {
        if case .text(let text) = self { text } else { nil }
    }

    /// The elements, when this is an array.
    package var array: [CBORValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The map, when this is one.
    package var map: CBORMap? {
        if case .map(let map) = self { map } else { nil }
    }
}
