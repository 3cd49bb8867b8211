/// One authentication (WebAuthn §7.2): what was asked, and so what the answer must match. The challenge is single use,
/// young, and bound to a session or request: the caller sees to that before it asks here.
package struct AuthenticationCeremony: Hashable, Sendable {
    /// What the answer must sign: 16 random bytes or more (§13.4.3).
    package let challenge: [UInt8]
    package let relyingParty: RelyingParty
    /// Whether the authenticator must know the person.
    package let userVerification: UserVerificationRequirement
    /// The credentials that may answer; empty: any that the authenticator can discover.
    package let allowCredentials: [CredentialDescriptor]
    /// The user, when it was known before who it is, as in a step-up; nil: the answer has to say.
    package let identifiedUser: [UInt8]?

    /// A ceremony. `identifiedUser` is a user handle.
    package init(
        challenge: [UInt8], relyingParty: RelyingParty, userVerification: UserVerificationRequirement = .required,
        allowCredentials: [CredentialDescriptor] = [], identifiedUser: [UInt8]? = nil
    ) {
        self.challenge = challenge
        self.relyingParty = relyingParty
        self.userVerification = userVerification
        self.allowCredentials = allowCredentials
        self.identifiedUser = identifiedUser
    }
}
