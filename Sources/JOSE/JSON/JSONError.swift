/// Why a text is not JSON as read here. Positions are byte offsets.
public enum JSONError: Error, Hashable, Sendable {
    /// The text ends before the value does.
    case unexpectedEnd
    /// A byte that cannot stand where it does, a control character and NUL among them.
    case unexpectedByte(position: Int)
    /// Something other than white space follows the value.
    case trailingBytes(position: Int)
    /// Objects and arrays are nested deeper than allowed.
    case tooDeep(maximum: Int)
    /// A name stands twice in one object.
    case duplicateMember(String)
    /// A string that is not UTF-8.
    case invalidUTF8(position: Int)
    /// An escape that does not exist, a lone surrogate, or `\u0000`.
    case invalidEscape(position: Int)
    /// A number beyond the range of a double.
    case numberOutOfRange(position: Int)
}
