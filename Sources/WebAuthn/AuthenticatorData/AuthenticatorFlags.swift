/// The flags of authenticator data (WebAuthn §6.1). Bits 1 and 5 are reserved, and ignored.
package struct AuthenticatorFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// UP: a person was there.
    package static let userPresent = AuthenticatorFlags(rawValue: 1 << 0)
    /// UV: the authenticator knew the person, by PIN, finger or face.
    package static let userVerified = AuthenticatorFlags(rawValue: 1 << 2)
    /// BE: the credential may be copied to other devices.
    package static let backupEligible = AuthenticatorFlags(rawValue: 1 << 3)
    /// BS: the credential has been copied.
    package static let backupState = AuthenticatorFlags(rawValue: 1 << 4)
    /// AT: attested credential data follow.
    package static let attestedCredentialData = AuthenticatorFlags(rawValue: 1 << 6)
    /// ED: extensions follow.
    package static let extensionData = AuthenticatorFlags(rawValue: 1 << 7)
}
