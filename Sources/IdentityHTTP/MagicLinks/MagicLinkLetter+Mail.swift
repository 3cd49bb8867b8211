package import Identity

/// The mail that carries a magic link.
extension MagicLinkLetter: MailedLetter {
    package static let templates = "mail-magic-link"

    package func subject(at host: String) -> String { "Sign in to \(host)" }

    package var context: [String: Any] {
        var context: [String: Any] = [
            "email": recipient.text, "link": link, "code": code,
            "minutes": MagicLink.lifetime.components.seconds / 60, "agent": AgentName.readable(origin.agent),
            "address": origin.address, "askedAt": askedAt.moment,
        ]
        if let application { context["application"] = application }
        return context
    }
}
