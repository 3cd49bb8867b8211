/// How an API token is written: `lk_live_<identifier><secret><checksum>`, 68 characters in one spelling.
///
/// The form tells nothing about whether there is such a token. It lets issuer and verifier refuse what cannot be one
/// before anything is looked up.
package struct APITokenForm {
    package static let prefix = "lk_live_"
    package static let identifierLength = 11
    package static let secretLength = 43
    private static let checksumLength = 6
    private static let length = prefix.utf8.count + identifierLength + secretLength + checksumLength

    /// The number of the token, 63 bits.
    package let identifier: Int64
    /// 43 base62 digits.
    package let secret: ArraySlice<UInt8>

    /// Nil for everything that is not of this form.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.length, text.hasPrefix(Self.prefix) else { return nil }
        let body = bytes.dropLast(Self.checksumLength)
        let digits = body.dropFirst(Self.prefix.utf8.count)
        guard Base62.decode(bytes.suffix(Self.checksumLength)) == UInt64(CRC32.checksum(of: body)),
            let number = Base62.decode(digits.prefix(Self.identifierLength)), let identifier = Int64(exactly: number),
            digits.allSatisfy(Base62.isDigit)
        else { return nil }
        self.identifier = identifier
        secret = digits.dropFirst(Self.identifierLength)
    }

    /// Six digits of the CRC-32 of all before them.
    package static func checksum(of body: [UInt8]) -> [UInt8] {
        Base62.encode(UInt64(CRC32.checksum(of: body)), length: checksumLength)
    }
}
