import HTTPTypes

// Read octet by octet: to look for the borders of characters would cost more than all else that is done with a header.

extension HTTPFields {
    /// The token of `Authorization: Bearer …` (RFC 6750 §2.1); nil for another scheme, or none.
    var bearerToken: String? { credentials(scheme: "bearer ") }

    /// What follows the scheme in `Authorization` (RFC 9110 §11.4); nil for another scheme, or none.
    ///
    /// - Parameter scheme: in small letters, with the space after it. Any letters are taken for it (§11.1).
    func credentials(scheme: String) -> String? {
        guard let header = self[.authorization]?.utf8 else { return nil }
        let shown = header.prefix(scheme.utf8.count)
        guard shown.elementsEqual(scheme.utf8, by: { $0.smallLetter == $1 }) else { return nil }
        return String(Substring(header.dropFirst(shown.count)))
    }

    /// `Content-Type` without its parameters, in small letters (RFC 9110 §8.3.1); nil when there is none.
    var mediaType: String? {
        guard let type = self[.contentType]?.utf8 else { return nil }
        return String(decoding: type.prefix { $0 != UInt8(ascii: ";") }.map(\.smallLetter), as: UTF8.self)
    }
}

extension UInt8 {
    /// This octet, or the small letter of a capital one of ASCII.
    fileprivate var smallLetter: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}
