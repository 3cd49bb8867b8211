/// An authentication that has passed every step of WebAuthn §7.2, with what the credential record is to be updated to.
/// Only `AuthenticationCeremony.verify` makes one.
package struct Authenticated: Hashable, Sendable {
    package let credentialID: [UInt8]
    /// Who it was: the user of the credential record.
    package let userHandle: [UInt8]
    /// The new state of the counter.
    package let signCount: UInt32
    /// UV: whether the authenticator knew the person. Without it, this is possession alone.
    package let userVerified: Bool
    /// BS: whether the credential has been copied to other devices by now.
    package let backupState: Bool
}
