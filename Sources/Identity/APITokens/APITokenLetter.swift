package import JOSE

/// What a mail about API tokens says. How it says it is decided where the pages are made.
package struct APITokenLetter: Sendable {
    package enum Occasion: Sendable, Hashable {
        /// They end within the month.
        case expiring
        /// Nobody has used them for ``APITokenLetter/unusedDays`` days.
        case unused
        /// Who made them is no longer a member, and they work on.
        case makerGone(name: String, email: EmailAddress, wasRemoved: Bool)
    }

    package struct Line: Sendable, Hashable {
        package let label: String
        /// How the secret begins and ends.
        package let displayedSecret: String
        package let expiresAt: Instant?
        package let lastUsedAt: Instant?
    }

    package let recipient: EmailAddress
    package let occasion: Occasion
    package let organization: String
    package let tokens: [Line]
    /// How many more there are than are named.
    package let more: Int
    /// Where they are seen and revoked.
    package let link: String

    /// So many are named in one mail.
    package static let maximumLines = 50
    package static let unusedDays = APITokenNotice.longUnused.components.seconds / 86_400
}

extension APITokenLetter.Line {
    init(_ token: APIToken, lastUse: Instant?) {
        label = token.label
        displayedSecret = "\(APITokenSecret.displayPrefix(of: token.id))…\(token.lastFour)"
        (expiresAt, lastUsedAt) = (token.expiresAt, lastUse)
    }
}

extension MailMessage {
    /// The same to someone else.
    func addressed(to recipient: EmailAddress) -> MailMessage {
        MailMessage(recipient: recipient, subject: subject, text: text, html: html)
    }
}
