import HTTPTypes
import Identity
import IdentityHTTP
import JOSE
import TestAuthenticators
import Testing

/// The mail that tells of a change of passkeys and second factors.
struct FactorNoticeTests {
    @Test("a new passkey is mailed to its user, with its name in plain words and where it was made")
    func passkey() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            _ = try await server.deliveredMail()
            var key = try SoftwareAuthenticator()
            _ = try await browser.addPasskey(&key, name: "<b>https://evil.example</b>", Saying { $0.flags = 0x01 })
            #expect(try await server.deliveredMail().isEmpty)
            _ = try await browser.addPasskey(&key, name: "<b>https://evil.example</b>")
            let mail = try #require(try await server.deliveredMail().first?.message)
            #expect(mail.recipient.text == "ada@example.org")
            #expect(mail.subject == "A passkey was added to your account at id.example.com")
            #expect(mail.text.contains("Passkey  b https evil example b\n"), "\(mail.text)")
            #expect(mail.text.contains("https://id.example.com/account") && !mail.text.contains("recovery"))
            #expect(
                mail.html.contains(#"href="https://id.example.com/account""#) && !mail.html.contains("evil.example"))
            #expect(mail.text.contains("/account\n") && !mail.text.contains("evil.example"))
        }
    }

    @Test("one by a recovery code says so, and each change of the app is told")
    func recovery() async throws {
        try await withServer { server in
            let ada = try await server.login()
            _ = try await server.deliveredMail()
            let (_, codes) = try await server.enrol(ada)
            let setUp = try await server.mail(to: "ada@example.org").message
            #expect(setUp.subject == "An authenticator app was set up for your account at id.example.com")
            let elsewhere = try await server.login()
            #expect(try await server.stepUp(codes[0], "recovery_code", by: elsewhere).status == .ok)
            _ = try await server.authenticator(of: elsewhere)
            let added = try await server.mail(to: "ada@example.org").message
            #expect(added.text.contains("A recovery code was used to get there."), "\(added.text)")
            #expect(added.html.contains("A recovery code was used to get there."))
            #expect(try await server.call(.delete, "/api/v1/auth/totp", by: elsewhere).status == .noContent)
            let removed = try await server.mail(to: "ada@example.org").message
            #expect(removed.subject.hasPrefix("The authenticator app of your account was removed"))
        }
    }

    @Test("an app that its user has left waiting is neither shown to nor confirmed by who reads their mail")
    func leftWaiting() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            var key = try SoftwareAuthenticator()
            _ = try await browser.addPasskey(&key)
            try await browser.stepUp(by: key)
            let setup = try await browser.post("/account/totp")
            let secret = String(try #require(setup.text.value(after: "secret=")).prefix { $0 != "&" })
            let thief = try await server.browser(signedInAs: "ada@example.org")
            _ = try await thief.get("/account")
            let app = try TestAuthenticator(secret: secret)
            for code in ["000000", app.code(at: server.now)] {
                let asked = try await thief.post("/account/totp/confirm", ["code": code])
                #expect(asked.status == .forbidden && !asked.text.contains(secret), "\(asked.text)")
            }
            let login = try await server.login()
            let json = #"{"code":"\#(app.code(at: server.now))"}"#
            let refused = try await server.call(.post, "/api/v1/auth/totp/confirm", json, by: login)
            #expect(refused.status == .forbidden && refused.error == "step_up_required")
            #expect(try refused.json["step_up"]?.object?["methods"]?.strings == ["passkey"])
            #expect(try await server.number("SELECT COUNT(*) FROM totp_secrets WHERE state = 'confirmed'") == 0)
            let done = try await browser.post("/account/totp/confirm", ["code": app.code(at: server.now)])
            #expect(done.status == .ok && done.text.contains("Keep your recovery codes"), "\(done.text)")
        }
    }

    @Test("what whoever runs the server took away is told as that, and what is next whether one asked for it or not")
    func reset() async throws {
        try await withServer { server in
            let ada = try await server.login()
            _ = try await server.enrol(ada)
            _ = try await server.deliveredMail()
            let reset = FactorReset(
                database: server.database, keys: server.provider.keys, issuer: server.issuer,
                compose: try Mail<FactorNotice>(issuer: server.issuer).compose)
            let user = try await reset.losses(of: try #require(EmailAddress("ada@example.org")), at: server.now).get()
            _ = try await reset.reset(user.user.id, at: server.now, from: .command(.users)).get()
            let mail = try await server.mail(to: "ada@example.org").message
            #expect(mail.subject == "All second factors of your account were removed at id.example.com")
            for text in [mail.text, mail.html] {
                #expect(text.contains("Whoever runs id.example.com did that"), "\(text)")
                #expect(text.contains("sign in by mail and set up new ones") && text.contains("at once"))
                #expect(text.contains("latchkey, on the server itself") && !text.contains("nothing to do"))
                #expect(text.contains("https://id.example.com/account"))
            }
            #expect(try await server.call(.get, "/api/v1/auth/me", by: ada).status == .unauthorized)
            // Who signs in anew sets up an app, as who never had one.
            _ = try await server.enrol(try await server.login())
        }
    }

    @Test("a repeated call with the same Idempotency-Key is told once")
    func repetition() async throws {
        try await withServer { server in
            let ada = try await server.login()
            var key = try SoftwareAuthenticator()
            let response = key.register(try await server.creationOptions(by: ada))
            let body = String(decoding: response.serialized(), as: UTF8.self)
            _ = try await server.deliveredMail()
            for _ in 0..<2 {
                let answer = try await server.call(.post, "/api/v1/auth/passkey/register", body, by: ada, key: "once")
                #expect(answer.status == .created)
            }
            #expect(try await server.deliveredMail().count == 1)
        }
    }
}
