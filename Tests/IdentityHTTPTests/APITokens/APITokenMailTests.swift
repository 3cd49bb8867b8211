import HTTPTypes
import JOSE
import Testing

@testable import Identity
@testable import IdentityHTTP

/// The wording of mail about API tokens, and that it leaves.
struct APITokenMailTests {
    @Test("who is removed is named with their tokens; hostile names are plain words, and the link is the issuer's")
    func makerGone() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let bob = try await server.login("bob@example.org")
            try await server.provider.organizations.join(
                try ada.organization, try bob.user, as: .admin, at: server.now, from: .server)
            let switched = try Tokens(
                try await server.post(
                    "/api/v1/auth/switch", json: ["organization": ada.organization.description],
                    headers: .bearer(bob.access)))
            try await server.prove(switched)
            let label = #"<b>https://evil.example</b>"#
            let minted = try await server.mint(#"{"label":"\#(label)","access":"full"}"#, by: switched)
            let removed = try await server.call(
                .delete, "\(try server.path(of: ada))/members/\(try bob.user)", by: ada)
            #expect(removed.status == .noContent)
            let mail = try await server.mail(to: "ada@example.org").message
            #expect(mail.subject == "API tokens of someone who left at id.example.com")
            for text in [mail.text, mail.html] {
                #expect(text.contains("was removed from") && text.contains("bob@example.org"))
                #expect(text.contains(try minted.answer.string("last_four")) && text.contains("never used"))
                #expect(!text.contains(try minted.secret) && !text.contains("evil.example"))
                #expect(text.contains("https://id.example.com/organization?id=\(try ada.organization)#api-tokens"))
            }
            #expect(try await server.get("/api/v1/me", headers: .bearer(try minted.secret)).status == .ok)
        }
    }

    @Test("tokens that end soon are named with when they end, and unused ones with since when")
    func wording() throws {
        let mail = try Mail<APITokenLetter>(issuer: "https://id.example.com")
        let line = APITokenLetter.Line(
            label: "CI", displayedSecret: "lk_live_0…abcd",
            expiresAt: Instant(iso8601: "2027-02-01T00:00:00Z"), lastUsedAt: nil)
        for (occasion, words) in [
            (APITokenLetter.Occasion.expiring, ["end soon", "ends 1 February 2027", "never used"]),
            (.unused, ["for 90 days", "Revoke those"]),
        ] {
            let message = mail.compose(
                APITokenLetter(
                    recipient: try #require(EmailAddress("ada@example.org")), occasion: occasion,
                    organization: "Engines", tokens: [line], more: 1_234, link: "https://id.example.com/organization"))
            for word in words + ["and 1,234 more", "lk_live_0…abcd"] {
                #expect(message.text.contains(word) && message.html.contains(word), "\(word) in \(message.text)")
            }
        }
    }
}
