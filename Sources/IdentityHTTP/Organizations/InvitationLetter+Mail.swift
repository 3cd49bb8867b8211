package import Identity

/// The mail that carries an invitation.
extension InvitationLetter: MailedLetter {
    package static let templates = "mail-invitation"

    package func subject(at host: String) -> String { "Invitation to an organization at \(host)" }

    package var context: [String: Any] {
        [
            "email": recipient.text, "link": link,
            "organization": MailWords.plain(organization, or: "an organization"), "role": role.rawValue,
            "inviter": MailWords.plain(inviterName, or: "Someone"), "inviterEmail": inviterEmail.text,
            "days": Invitation.lifetime.components.seconds / 86_400, "expiresAt": expiresAt.moment,
        ]
    }
}
