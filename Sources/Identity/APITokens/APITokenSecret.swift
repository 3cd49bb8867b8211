import JOSE

/// An API token as it is presented or given out: `lk_live_<id><secret><checksum>`.
///
/// 11 base62 digits of the identifier, 43 random ones (256 bits), 6 of the CRC-32 of all before. Stored is
/// `HMAC-SHA256(api token key, id ‖ secret)` alone: a copy of the database holds nothing that could be presented.
package struct APITokenSecret: Sendable, CustomStringConvertible {
    package let token: APIToken.ID
    private let secret: Secret

    package static let prefix = APITokenForm.prefix

    /// Draws a new secret for a token.
    init(of token: APIToken.ID, random: RandomSource) {
        self.token = token
        secret = Secret((0..<APITokenForm.secretLength).map { _ in Base62.alphabet[random.integer(below: 62)] })
    }

    /// Reads the one spelling a token has. Nil for everything else, so that a typing error costs no look at the database.
    package init?(_ text: String) {
        guard let form = APITokenForm(text) else { return nil }
        token = APIToken.ID(rawValue: form.identifier)
        secret = Secret(form.secret)
    }

    /// The wire form. The only way to it, so that a token is never printed by accident.
    package var text: String {
        let body = Array(Self.displayPrefix(of: token).utf8) + secret.withBytes { Array($0) }
        return String(decoding: body + APITokenForm.checksum(of: body), as: UTF8.self)
    }

    /// By which its owner knows it again, beside ``displayPrefix(of:)``.
    var lastFour: String { String(text.suffix(4)) }

    /// How every secret of a token begins. No part of it is secret.
    package static func displayPrefix(of token: APIToken.ID) -> String {
        let digits = Base62.encode(UInt64(bitPattern: token.rawValue), length: APITokenForm.identifierLength)
        return prefix + String(decoding: digits, as: UTF8.self)
    }

    package var description: String { "<API token \(token)>" }

    /// What is stored of it.
    func code(_ key: PurposeKey) -> [UInt8] { key.code(for: message) }

    func fits(_ code: [UInt8], _ key: PurposeKey) -> Bool { key.isValid(code, for: message) }

    private var message: [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(8 + APITokenForm.secretLength)
        message.append(bigEndian: token.rawValue)
        secret.withBytes { message.append(contentsOf: $0) }
        return message
    }
}
