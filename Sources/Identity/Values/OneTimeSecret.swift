package import JOSE

/// A random value that is given out once and stored only as its SHA-256: device codes, link tokens, session cookies.
///
/// 256 random bits need no key and no slow hash: nothing but the value itself leads to its digest.
package struct OneTimeSecret: Sendable {
    /// The value to give out: an optional prefix and 43 characters of base64url.
    package let text: String
    /// What is stored.
    package let digest: [UInt8]

    /// - Parameter prefix: tells a reader, and a secret scanner, what kind of secret it is.
    package init(prefix: String = "", random: RandomSource) {
        text = prefix + Base64URL.encode(random.bytes(32))
        digest = SHA256.hash(Array(text.utf8))
    }

    /// Reads a presented value; nil when it cannot be one of this kind.
    package init?(_ presented: String, prefix: String = "") {
        guard presented.utf8.count == prefix.utf8.count + 43, presented.hasPrefix(prefix),
            Base64URL.decode(String(presented.dropFirst(prefix.count)))?.count == 32
        else { return nil }
        text = presented
        digest = SHA256.hash(Array(presented.utf8))
    }
}
