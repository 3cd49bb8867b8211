import HTTPTypes
import LatchkeyVerifier

// Read octet by octet: to look for the borders of characters would cost more than all else that is done with a header.

extension HTTPFields {
    /// The token of `Authorization: Bearer …` (RFC 6750 §2.1); nil for another scheme, or none.
    var bearerToken: String? { self[.authorization].flatMap(BearerHeader.token) }

    /// What follows `Basic` in `Authorization` (RFC 7617); nil for another scheme, or none.
    var basicCredentials: String? {
        self[.authorization].flatMap { BearerHeader.credentials(of: $0, scheme: "basic ") }
    }

    /// `Content-Type` without its parameters, in small letters (RFC 9110 §8.3.1); nil when there is none.
    var mediaType: String? {
        guard let type = self[.contentType]?.utf8 else { return nil }
        return String(decoding: type.prefix { $0 != UInt8(ascii: ";") }.map(BearerHeader.smallLetter), as: UTF8.self)
    }
}
