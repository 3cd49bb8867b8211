package import JOSE

/// What a mail with a magic link says. How it says it is decided where the pages are made.
package struct MagicLinkLetter: Sendable {
    package let recipient: EmailAddress
    /// The whole link, with the token as its fragment.
    package let link: String
    /// Six digits.
    package let code: String
    /// The application that asked, when it was not a browser.
    package let application: String?
    package let origin: RequestOrigin
    package let askedAt: Instant
}
