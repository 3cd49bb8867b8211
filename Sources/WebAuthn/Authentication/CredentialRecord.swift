/// What is stored of a credential (WebAuthn §4), as far as an authentication needs it.
package struct CredentialRecord: Hashable, Sendable {
    package let credentialID: [UInt8]
    /// The user it belongs to.
    package let userHandle: [UInt8]
    package let publicKey: CredentialPublicKey
    package let signCount: UInt32
    package let backupEligible: Bool

    /// A record, as the database has it.
    package init(
        credentialID: [UInt8], userHandle: [UInt8], publicKey: CredentialPublicKey, signCount: UInt32,
        backupEligible: Bool
    ) {
        self.credentialID = credentialID
        self.userHandle = userHandle
        self.publicKey = publicKey
        self.signCount = signCount
        self.backupEligible = backupEligible
    }

    /// The record of a credential that was registered just now.
    package init(_ registered: Registered) {
        self.init(
            credentialID: registered.credentialID, userHandle: registered.userHandle, publicKey: registered.publicKey,
            signCount: registered.signCount, backupEligible: registered.backupEligible)
    }
}
