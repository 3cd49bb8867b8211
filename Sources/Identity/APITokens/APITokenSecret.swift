import JOSE

/// An API token as it is presented or given out: `lk_live_<id><secret><checksum>`.
///
/// 11 base62 digits of the identifier, 43 random ones (256 bits), 6 of the CRC-32 of all before. Stored is
/// `HMAC-SHA256(api token key, id ‖ secret)` alone: a copy of the database holds nothing that could be presented.
package struct APITokenSecret: Sendable, CustomStringConvertible {
    package let token: APIToken.ID
    private let secret: Secret

    package static let prefix = "lk_live_"
    /// The characters of a whole token.
    package static let length = prefix.utf8.count + identifierLength + secretLength + checksumLength
    private static let identifierLength = 11
    private static let secretLength = 43
    private static let checksumLength = 6

    /// Draws a new secret for a token.
    init(of token: APIToken.ID, random: RandomSource) {
        self.token = token
        secret = Secret((0..<Self.secretLength).map { _ in Base62.alphabet[random.integer(below: 62)] })
    }

    /// Reads the one spelling a token has. Nil for everything else, so that a typing error costs no look at the database.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == Self.length, text.hasPrefix(Self.prefix) else { return nil }
        let body = bytes.dropLast(Self.checksumLength)
        let digits = body.dropFirst(Self.prefix.utf8.count)
        guard Base62.decode(bytes.suffix(Self.checksumLength)) == UInt64(CRC32.checksum(of: body)),
            let number = Base62.decode(digits.prefix(Self.identifierLength)), let id = Int64(exactly: number),
            digits.allSatisfy(Base62.isDigit)
        else { return nil }
        token = APIToken.ID(rawValue: id)
        secret = Secret(digits.dropFirst(Self.identifierLength))
    }

    /// The wire form. The only way to it, so that a token is never printed by accident.
    package var text: String {
        let body = Array(Self.displayPrefix(of: token).utf8) + secret.withBytes { Array($0) }
        let checksum = Base62.encode(UInt64(CRC32.checksum(of: body)), length: Self.checksumLength)
        return String(decoding: body + checksum, as: UTF8.self)
    }

    /// By which its owner knows it again, beside ``displayPrefix(of:)``.
    var lastFour: String { String(text.suffix(4)) }

    /// How every secret of a token begins. No part of it is secret.
    package static func displayPrefix(of token: APIToken.ID) -> String {
        let digits = Base62.encode(UInt64(bitPattern: token.rawValue), length: identifierLength)
        return prefix + String(decoding: digits, as: UTF8.self)
    }

    package var description: String { "<API token \(token)>" }

    /// What is stored of it.
    func code(_ key: PurposeKey) -> [UInt8] { key.code(for: message) }

    func fits(_ code: [UInt8], _ key: PurposeKey) -> Bool { key.isValid(code, for: message) }

    private var message: [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(8 + Self.secretLength)
        message.append(bigEndian: token.rawValue)
        secret.withBytes { message.append(contentsOf: $0) }
        return message
    }
}
