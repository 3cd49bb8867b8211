/// A credential that has passed every step of WebAuthn §7.1: the credential record to be stored (§4). Only
/// `CreationCeremony.verify` makes one.
package struct Registered: Hashable, Sendable {
    /// From 1 to 1023 bytes, of the authenticator's choice.
    package let credentialID: [UInt8]
    /// The user it was made for: that of the ceremony.
    package let userHandle: [UInt8]
    package let publicKey: CredentialPublicKey
    /// Where its counter stands; 0 when it does not count.
    package let signCount: UInt32
    package let aaguid: AAGUID
    /// How the browser says it can be reached (§5.8.4): to be sent back in `CredentialDescriptor`.
    package let transports: [String]
    /// UV: whether the authenticator knew the person.
    package let userVerified: Bool
    /// BE: whether it may be copied to other devices. Never changes.
    package let backupEligible: Bool
    /// BS: whether it has been copied.
    package let backupState: Bool
    package let attestation: AttestationType
}

/// What is known of the authenticator (WebAuthn §6.5.4).
package enum AttestationType: String, Hashable, Sendable {
    /// Nothing, or nothing that was verified.
    case none
    /// The credential has signed for itself: whoever registered it holds its private key.
    case `self`
}
