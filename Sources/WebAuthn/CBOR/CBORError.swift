/// Why bytes are not CBOR as read here. Positions are byte offsets.
package enum CBORError: Error, Hashable, Sendable {
    /// The bytes end before the item does.
    case unexpectedEnd
    /// Something follows the item.
    case trailingBytes(position: Int)
    /// Longer than `CBORValue.maximumLength`.
    case tooLong
    /// Arrays and maps are nested deeper than `CBORValue.maximumDepth`.
    case tooDeep
    /// A number or a length in more bytes than it takes (CTAP 2.1 §8).
    case notShortest(position: Int)
    /// An item whose length is not said in advance (CTAP 2.1 §8).
    case indefiniteLength(position: Int)
    /// A tag, a float, `undefined` or another simple value.
    case unsupported(position: Int)
    /// A text that is not UTF-8.
    case invalidUTF8(position: Int)
    /// A key that is neither a number nor a text.
    case invalidKey(position: Int)
    /// A key that stands twice, or after one that sorts later (CTAP 2.1 §8).
    case unsortedKeys(position: Int)
}
