package import JOSE

/// What a mail with an invitation says. How it says it is decided where the pages are made.
package struct InvitationLetter: Sendable {
    package let recipient: EmailAddress
    /// The whole link, with the token as its fragment.
    package let link: String
    package let organization: String
    package let role: Role
    package let inviterName: String
    package let inviterEmail: EmailAddress
    package let expiresAt: Instant
}
