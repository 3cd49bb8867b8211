/// `Authorization` as a request has it (RFC 9110 §11.4, RFC 6750 §2.1). A token is taken from there and from nowhere else:
/// one in a URL ends in logs.
public enum BearerHeader {
    /// The token of `Bearer …`; nil for another scheme.
    ///
    /// - Parameter header: the value of the field.
    public static func token(of header: String) -> String? { credentials(of: header, scheme: "bearer ") }

    /// What follows the scheme; nil for another scheme.
    ///
    /// Read octet by octet: to look for the borders of characters would cost more than all else that is done with it.
    ///
    /// - Parameter scheme: in small letters, with the space after it. Any letters are taken for it (RFC 9110 §11.1).
    package static func credentials(of header: String, scheme: String) -> String? {
        let octets = header.utf8
        let shown = octets.prefix(scheme.utf8.count)
        guard shown.elementsEqual(scheme.utf8, by: { smallLetter($0) == $1 }) else { return nil }
        return String(Substring(octets.dropFirst(shown.count)))
    }

    /// This octet, or the small letter of a capital one of ASCII.
    package static func smallLetter(_ octet: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(octet) ? octet | 0x20 : octet
    }
}
