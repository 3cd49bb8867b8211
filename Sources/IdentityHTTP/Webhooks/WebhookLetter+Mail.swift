package import Identity
import JOSE

/// The mail that tells of an endpoint that was switched off.
extension WebhookLetter: MailedLetter {
    package static let templates = "mail-webhook-off"

    package func subject(at host: String) -> String { "A webhook was switched off at \(host)" }

    package var context: [String: Any] {
        [
            "link": link, "endpoint": host, "webhook": webhook.description,
            "organization": MailWords.plain(organization, or: "your organization"),
            "since": failingSince.moment, "isGone": reason == .gone, "cause": cause.oneLine,
        ]
    }
}

extension String {
    /// Without line breaks and other control characters.
    fileprivate var oneLine: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
