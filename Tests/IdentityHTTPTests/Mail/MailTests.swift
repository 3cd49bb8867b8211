import JOSE
import Testing

@testable import Identity
@testable import IdentityHTTP

/// What all mails have in common.
@Suite("Every mail")
struct MailTests {
    private let recipient = EmailAddress("ada@example.org")
    private let link = "https://id.example.com/there"
    private let origin = RequestOrigin(address: "192.0.2.7", agent: "", requestID: "req")
    private let moment = Instant(seconds: 1_800_000_000)

    @Test("goes to whom it is for, under its subject, with both halves of its own templates, and names the server")
    func parts() throws {
        let recipient = try #require(recipient)
        try check(
            MagicLinkLetter(
                recipient: recipient, link: link, code: "123456", application: nil, origin: origin, askedAt: moment),
            "Sign in to id.example.com/base")
        try check(
            InvitationLetter(
                recipient: recipient, link: link, organization: "Engines", role: .admin, inviterName: "Bob",
                inviterEmail: recipient, expiresAt: moment),
            "Invitation to an organization at id.example.com/base")
        try check(
            WebhookLetter(
                recipient: recipient, webhook: try #require(Webhook.ID("whk_0000000000001")), organization: "Engines",
                host: "hooks.example.com", reason: .gone, failingSince: moment, cause: "It answered 410.", link: link),
            "A webhook was switched off at id.example.com/base")
        try check(
            APITokenLetter(
                recipient: recipient, occasion: .unused, organization: "Engines", tokens: [], more: 0, link: link),
            "Unused API tokens at id.example.com/base")
        try check(
            FactorNotice(
                recipient: recipient, change: .appSetUp, isRecovery: false, origin: origin, changedAt: moment,
                link: link),
            "An authenticator app was set up for your account at id.example.com/base")
    }

    @Test("has templates that its name finds: no two letters share them, and none is left over")
    func names() {
        let kinds: [any MailedLetter.Type] = [
            APITokenLetter.self, InvitationLetter.self, MagicLinkLetter.self, FactorNotice.self, WebhookLetter.self,
        ]
        #expect(MailTemplates.names == kinds.flatMap { [$0.templates + "-html", $0.templates + "-text"] })
    }

    private func check<Letter: MailedLetter>(_ letter: Letter, _ subject: String) throws {
        let issuer = "https://id.example.com/base"
        let own = try MailTemplates([
            Letter.templates + "-text": "text {{host}} {{link}}\n",
            Letter.templates + "-html": "<i>{{host}}</i>{{link}}\n",
        ])
        #expect(
            try Mail<Letter>(issuer: issuer, templates: own).compose(letter)
                == MailMessage(
                    recipient: letter.recipient, subject: subject, text: "text id.example.com/base \(link)\n",
                    html: "<i>id.example.com/base</i>\(link)\n"))
        let mail = try Mail<Letter>(issuer: issuer).compose(letter)
        #expect(mail.recipient == letter.recipient && mail.subject == subject)
        #expect(mail.text.contains("\(link)\n") && !mail.text.contains("{{"), "\(mail.text)")
        #expect(mail.html.hasPrefix("<!doctype html>\n<html lang=\"en\">\n<head>\n"), "\(mail.html)")
        #expect(mail.html.hasSuffix("</td></tr></table>\n</td></tr></table>\n</body>\n</html>\n"), "\(mail.html)")
        #expect(mail.html.split(separator: "<h1 ").count == 2 && mail.html.contains(link))
        #expect(!mail.html.contains("\n\n"), "the frame fits without a gap: \(mail.html)")
        #expect(!mail.html.contains("<title></title>") && !mail.html.contains(#"16px"></h1>"#), "\(mail.html)")
    }
}
