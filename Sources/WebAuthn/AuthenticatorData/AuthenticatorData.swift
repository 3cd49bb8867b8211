/// What an authenticator says about a ceremony, and signs (WebAuthn §6.1).
package struct AuthenticatorData: Hashable, Sendable {
    /// SHA-256 of the relying party's id.
    package let relyingPartyIDHash: [UInt8]
    package let flags: AuthenticatorFlags
    /// How often the credential, or the authenticator, has signed; 0 when it does not count.
    package let signCount: UInt32
    /// Present exactly when the flag AT is set.
    package let attestedCredentialData: AttestedCredentialData?
    /// Present exactly when the flag ED is set: a map whose keys are texts.
    package let extensions: CBORMap?

    /// Takes the bytes apart; nil unless all of them are what the flags promise.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count >= 37 else { return nil }
        relyingPartyIDHash = Array(bytes[..<32])
        flags = AuthenticatorFlags(rawValue: bytes[32])
        signCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var position = 37
        if flags.contains(.attestedCredentialData) {
            guard let data = AttestedCredentialData(in: bytes, at: &position) else { return nil }
            attestedCredentialData = data
        } else {
            attestedCredentialData = nil
        }
        if flags.contains(.extensionData) {
            guard let map = Self.extensions(in: bytes, at: &position) else { return nil }
            extensions = map
        } else {
            extensions = nil
        }
        guard position == bytes.count else { return nil }
    }

    private static func extensions(in bytes: [UInt8], at position: inout Int) -> CBORMap? {
        guard var decoder = try? CBORDecoder(bytes, at: position), let map = (try? decoder.item())?.map,
            map.entries.allSatisfy({ $0.key.text != nil })
        else { return nil }
        position = decoder.position
        return map
    }
}
