import JOSE
import Testing

@testable import Identity
@testable import IdentityHTTP

@Suite("The operator's own mail templates")
struct MailTemplateTests {
    private func mail(_ templates: MailTemplates, application: String? = nil) throws -> MailMessage {
        let letter = MagicLinkLetter(
            recipient: try #require(EmailAddress("a'da@example.com")),
            link: "https://id.example.com/magic-link#token=x",
            code: "123456", application: application,
            origin: RequestOrigin(address: "192.0.2.7", agent: "", requestID: "req"), askedAt: Instant(seconds: 0))
        return try Mail<MagicLinkLetter>(issuer: "https://id.example.com", templates: templates).compose(letter)
    }

    @Test("are sent in place of the built-in ones of the same name")
    func replaced() throws {
        let text = "Code: {{code}}\n{{#application}}For {{.}}\n{{/application}}"
        let mail = try mail(MailTemplates(["mail-magic-link-text": text]), application: "An <app>")
        #expect(mail.text == "Code: 123456\nFor An <app>\n")
        #expect(mail.html == (try self.mail(.builtIn, application: "An <app>").html))
    }

    @Test("escape HTML without being told to")
    func escaping() throws {
        let mail = try mail(MailTemplates(["mail-magic-link-html": "<b title='{{email}}'>{{code}}</b>\n"]))
        #expect(mail.html == "<b title='a&#39;da@example.com'>123456</b>\n")
    }

    @Test("are refused when they could not work")
    func refusals() {
        #expect(throws: MailTemplates.Refusal.unknown(name: "layout")) { try MailTemplates(["layout": "{{code}}"]) }
        #expect(throws: MailTemplates.Refusal.pointless(name: "mail-magic-link-text")) {
            try MailTemplates(["mail-magic-link-text": "{{^application}}{{code}}{{/application}}"])
        }
        let refusal = #expect(throws: MailTemplates.Refusal.self) {
            try MailTemplates(["mail-magic-link-html": "{{code}}\n{{#application}}"])
        }
        guard case .unparsable("mail-magic-link-html", let reason)? = refusal else {
            Issue.record("refused with \(String(describing: refusal))")
            return
        }
        #expect(reason.hasPrefix("line 2"))
    }
}
