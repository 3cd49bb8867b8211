package import Identity
import JOSE

/// The mails about API tokens.
extension APITokenLetter: MailedLetter {
    package static let templates = "mail-api-tokens"

    package func subject(at host: String) -> String {
        switch occasion {
        case .expiring: "API tokens at \(host) end soon"
        case .unused: "Unused API tokens at \(host)"
        case .makerGone: "API tokens of someone who left at \(host)"
        }
    }

    package var context: [String: Any] {
        var context: [String: Any] = [
            "organization": MailWords.plain(organization, or: "your organization"), "link": link,
            "days": Self.unusedDays, "tokens": tokens.map(\.context),
        ]
        if more > 0 { context["more"] = more.grouped }
        switch occasion {
        case .expiring: context["expiring"] = true
        case .unused: context["unused"] = true
        case .makerGone(let name, let email, let wasRemoved):
            context["gone"] =
                ["name": MailWords.plain(name, or: "Someone"), "email": email.text, "removed": wasRemoved]
                as [String: Any]
        }
        return context
    }
}

extension APITokenLetter.Line {
    fileprivate var context: [String: Any] {
        var context: [String: Any] = ["label": MailWords.plain(label, or: "API token"), "secret": displayedSecret]
        context["endsAt"] = expiresAt?.moment
        context["usedAt"] = lastUsedAt?.moment
        return context
    }
}
