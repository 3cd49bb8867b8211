import JOSE

/// A refresh token as presented or given out: `lkr_<grant>_<generation>_<code>`.
///
/// The code is `HMAC-SHA256(refresh key, grant ‖ generation ‖ grant secret ‖ epoch seed)`. The database holds the secret but not the
/// key, the server's memory the key but not the secret: neither alone can make a token.
package struct RefreshToken: Sendable, CustomStringConvertible {
    package let grant: Grant.ID
    package let generation: Int64
    let code: [UInt8]

    package static let prefix = "lkr_"

    /// Reads the one spelling a token has. Nil for everything else: another case, padding, a sign, leading zeros.
    package init?(_ text: String) {
        guard text.utf8.count <= 120, text.hasPrefix(Self.prefix) else { return nil }
        let parts = text.dropFirst(Self.prefix.count).split(
            separator: "_", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let grant = Grant.ID("\(Grant.identifierPrefix)_\(parts[0])"),
            let generation = Int64(parts[1]), generation >= 1, String(generation) == parts[1],
            let code = Base64URL.decode(String(parts[2])), code.count == 32
        else { return nil }
        self.grant = grant
        self.generation = generation
        self.code = code
    }

    /// The token of a grant's present generation.
    init(of grant: Grant, key: PurposeKey) {
        self.grant = grant.id
        generation = grant.generation
        code = key.code(for: Self.message(grant, generation: grant.generation))
    }

    func isGenuine(_ grant: Grant, key: PurposeKey) -> Bool {
        key.isValid(code, for: Self.message(grant, generation: generation))
    }

    /// The wire form. The only way to it, so that a token is never printed by accident.
    package var text: String {
        Self.prefix + Crockford.encode(grant.rawValue) + "_" + String(generation) + "_" + Base64URL.encode(code)
    }

    package var description: String { "<refresh token of \(grant)>" }

    private static func message(_ grant: Grant, generation: Int64) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(80)
        message.append(bigEndian: grant.id.rawValue)
        message.append(bigEndian: generation)
        grant.secret.withBytes { message.append(contentsOf: $0) }
        message.append(contentsOf: grant.epoch)
        return message
    }
}
