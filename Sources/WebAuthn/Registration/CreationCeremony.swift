/// One registration (WebAuthn §7.1): what was asked, and so what the answer must match. The challenge is single use,
/// young, and bound to a session: the caller sees to that before it asks here.
package struct CreationCeremony: Hashable, Sendable {
    /// What the answer must sign: 16 random bytes or more (§13.4.3).
    package let challenge: [UInt8]
    package let relyingParty: RelyingParty
    /// Whether the authenticator must know the person.
    package let userVerification: UserVerificationRequirement
    /// The algorithms offered, the best first.
    package let algorithms: [COSEAlgorithmIdentifier]
    /// `user.id`: up to 64 bytes that say nothing about the person (§5.4.3).
    package let userHandle: [UInt8]

    /// A ceremony for this user.
    package init(
        challenge: [UInt8], relyingParty: RelyingParty, userVerification: UserVerificationRequirement = .required,
        algorithms: [COSEAlgorithmIdentifier] = [.es256, .edDSA, .rs256], userHandle: [UInt8]
    ) {
        self.challenge = challenge
        self.relyingParty = relyingParty
        self.userVerification = userVerification
        self.algorithms = algorithms
        self.userHandle = userHandle
    }
}
