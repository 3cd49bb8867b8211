import Database
import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md, "Magic links and mail": to whom mail goes, and what can be slipped into it.
struct MailAttackTests {
    @Test("whatever host a request names, the mail names the issuer only")
    func forgedHost() async throws {
        try await withServer { server in
            let forged: [(String, String)] = [
                ("Host", "evil.example"), ("X-Forwarded-Host", "evil.example"), ("X-Original-Host", "evil.example"),
                ("Forwarded", "host=evil.example;proto=http"), ("X-Forwarded-Proto", "http"),
                ("X-Forwarded-Prefix", "//evil.example"), ("Origin", "https://evil.example"),
                ("Referer", "https://evil.example/"),
            ]
            for (name, value) in forged {
                let headers: HTTPFields = [try #require(HTTPField.Name(name)): value]
                let mail = try await server.magicLink("ada@example.org", headers: headers)
                #expect(try mail.link.hasPrefix("https://id.example.com/magic-link#token="), "\(name)")
                #expect(!mail.message.text.contains("evil") && !mail.message.html.contains("evil"), "\(name)")
                #expect(!mail.message.subject.contains("evil"), "\(name)")
            }
            let device = try await server.post(
                "/api/v1/auth/device", jsonText: "{}", headers: [.init("X-Forwarded-Host") ?? .date: "evil.example"])
            #expect(try device.string("verification_uri") == "https://id.example.com/device")
        }
    }

    @Test(
        "what is not one plain mail address gets a 400 and no mail",
        arguments: [
            "a@x.org,b@y.org", "a@x.org;b@y.org", "a@x.org b@y.org", "a@x.org\r\nBcc: b@y.org", "a@x.org\nb@y.org",
            "a@x.org\0", "\"e@evil\"@x.org", "\"e\"@x.org", "<a@x.org>", "Ada <a@x.org>", "a@x.org>", "a＠x.org",
            "a@x．org", "ａ@x.org", "a@[127.0.0.1]", "a@x", "a@@x.org", "@x.org", "a@", "a", "", " ", "a@x..org",
            "a@.x.org", "a@x.org.", ".a@x.org", "a.@x.org", "a..b@x.org", "a@-x.org", "a(comment)@x.org",
            "a@x.org%0d%0aBcc:b@y.org", "a@x.org\u{2028}b", "a\u{200B}@x.org", "а@x.org\u{0}",
            String(repeating: "a", count: 400) + "@x.org", String(repeating: "a", count: 65) + "@x.org",
            "a@" + String(repeating: "x", count: 250) + ".org",
        ])
    func addresses(_ email: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/api/v1/auth/magic_link", json: ["email": email])
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
            let browser = TestBrowser(server)
            _ = try await browser.get("/login")
            #expect(try await browser.post("/login", ["email": email]).status == .badRequest)
            #expect(try await server.number("SELECT count(*) FROM outgoing_mail") == 0)
            #expect(try await server.number("SELECT count(*) FROM magic_links") == 0)
        }
    }

    @Test("the address is compared without regard to case: one person, not two")
    func canonicalAddress() async throws {
        try await withServer { server in
            let (lower, upper) = (try await server.login("ada@example.org"), try await server.login("ADA@Example.ORG"))
            #expect(try lower.user == upper.user)
            #expect(try await server.number("SELECT count(*) FROM users") == 1)
        }
    }

    @Test("HTML or a URL as a name is escaped in every page")
    func displayName() async throws {
        try await withServer { server in
            let login = try await server.login("ada@example.org")
            let name = #"<script>alert(1)</script>"'&http://evil.example"#
            let body = JSONValue.object(JSONObject([(name: "name", value: .string(name))])).serialized()
            let renamed = try await server.send(
                .patch, "/api/v1/auth/me", headers: .bearer(login.access), body: body)
            #expect(renamed.status == .ok)
            let browser = try await server.browser(signedInAs: "ada@example.org")
            for page in [try await browser.get("/account"), try await browser.get("/")] {
                #expect(page.status == .ok)
                #expect(!page.text.contains("<script>alert"))
                #expect(page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
            }
        }
    }

    @Test(
        "what the asking program calls itself cannot carry HTML, a link or lines into the mail",
        arguments: [
            "<a href=https://evil.example>prize</a>", "prize/1.0 (https://evil.example/win; x)",
            "https://evil.example/win", "evil.example/1.0", "x/1 (evil.example; y)", "x/1 (www.evil.example)",
            "Mozilla/5.0 <img src=https://evil.example>", "x/1 (mailto:a@evil.example)", "\u{2028}https://evil.example",
            "x/1 (ｅvil。example)",
        ])
    func agent(_ agent: String) async throws {
        try await withServer { server in
            let mail = try await server.magicLink("ada@example.org", headers: [.userAgent: agent])
            for text in [mail.message.text, mail.message.html, mail.message.subject] {
                #expect(!text.contains("evil.example"), "\(text)")
                #expect(!text.contains("。"))
            }
            #expect(mail.message.text.components(of: "#token=") == 1)
        }
    }

    @Test("known, unknown and disabled addresses get the same answer, and cost the same rows")
    func knownAndUnknown() async throws {
        let site = try TestSite()
        try await site.run { server in
            _ = try await server.login("known@example.org")
            _ = try await server.login("disabled@example.org")
            try await server.setDisabled(true, "disabled@example.org")
        }
        try await site.run(TestSite.Options(signUp: .closed)) { server in
            var answers: [Answer] = []
            var costs: [[String: Int64]] = []
            for email in ["known@example.org", "unknown@example.org", "disabled@example.org"] {
                let before = try await server.rowCounts()
                answers.append(try await server.post("/api/v1/auth/magic_link", json: ["email": email]))
                costs.append(try await server.rowCounts().merging(before) { $0 - $1 })
            }
            #expect(Set(answers.map(\.status)) == [.accepted])
            #expect(Set(answers.map(\.text)).count == 1)
            #expect(Set(answers.map(\.headerNames)).count == 1)
            #expect(Set(costs).count == 1)
            let mails = try await server.deliveredMail()
            #expect(mails.map(\.message.recipient.text) == ["known@example.org"])
            #expect(try await server.number("SELECT count(*) FROM outgoing_mail") == 0)
        }
    }

    @Test("the same in the browser: known, unknown and disabled see the same pages")
    func knownAndUnknownPages() async throws {
        let site = try TestSite()
        try await site.run { server in
            _ = try await server.login("known@example.org")
        }
        try await site.run(TestSite.Options(signUp: .closed)) { server in
            var pages: [[String]] = []
            for email in ["known@example.org", "other@example.org"] {
                let browser = TestBrowser(server)
                _ = try await browser.get("/login")
                let asked = try await browser.post("/login", ["email": email])
                let sent = try await browser.get("/login/sent")
                let wrong = try await browser.post("/login/code", ["code": "no code"])
                let status = try await browser.get("/login/status")
                pages.append(
                    [asked, sent, wrong, status].map { answer in
                        let match = sent.text.value(after: #"<p class="digits">"#)?.prefix(2).description ?? ""
                        let lines = answer.text.withoutLines(containing: email).withoutLines(containing: "csrf")
                        return "\(answer.status.code) \(answer.headerNames) "
                            + lines.withoutLines(containing: "digits\">\(match)")
                    })
            }
            #expect(pages[0] == pages[1])
        }
    }

    @Test("an unknown address is not told even after guessing: wrong codes sound the same")
    func unknownAddressCodes() async throws {
        let site = try TestSite()
        try await site.run { server in
            _ = try await server.login("known@example.org")
        }
        try await site.run(TestSite.Options(signUp: .closed)) { server in
            var told: [[String]] = []
            for email in ["known@example.org", "unknown@example.org"] {
                _ = try await server.post("/api/v1/auth/magic_link", json: ["email": email])
                var messages: [String] = []
                for _ in 0..<6 { messages.append(try #require(try await server.verify(email, "wrong").message)) }
                told.append(messages)
            }
            #expect(told[0] == told[1])
        }
    }

    @Test("mail that waits cannot be read from the database")
    func sealedMail() async throws {
        try await withServer { server in
            _ = try await server.post("/api/v1/auth/magic_link", json: ["email": "ada@example.org"])
            let stored = try await server.database.read { transaction in
                try transaction.rows("SELECT sealed_message FROM outgoing_mail").map { try $0.blob(0) }
            }
            let mail = try await server.mail(to: "ada@example.org")
            let sealed = String(decoding: try #require(stored.first), as: UTF8.self)
            #expect(try !sealed.contains(mail.token))
            #expect(try !sealed.contains(mail.code))
        }
    }
}

extension String {
    /// How often a text occurs in this one.
    func components(of text: String) -> Int { ranges(of: text).count }
}
