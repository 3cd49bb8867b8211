import HTTPTypes
import Identity
import JOSE
import Testing

/// What the page of an organization tells of what was done in it.
struct AuditSectionTests {
    /// The section alone: names and identifiers are elsewhere on the page too.
    private func section(_ browser: TestBrowser, _ organization: String) async throws -> String {
        let page = try await browser.get("/organization?id=\(organization)")
        try #require(page.status == .ok, "\(page.text)")
        let rest = try #require(page.text.split(separator: #"<h2 id="audit">"#).dropFirst().first)
        return String(try #require(rest.split(separator: "</section>").first))
    }

    @Test("people are told by name and address, whoever did it and whomever it was done to, and by no identifier")
    func people() async throws {
        try await withServer { server in
            let ada = try await server.browser(signedInAs: "ada@example.org")
            let id = try #require(try await server.organization(of: "ada@example.org"))
            let organization = try #require(Organization.ID(id))
            let other = try await server.browser(signedInAs: "bob@example.org")
            _ = try await other.get("/account")
            _ = try await other.post("/account/profile", ["name": "Bob <b>"])
            let bob = try #require(try await server.user("bob@example.org"))
            try await server.provider.organizations.join(
                organization, bob.id, as: .member, at: server.now, from: .server)
            _ = try await ada.get("/organization")
            _ = try await ada.post(
                "/organization/members/role", ["organization": id, "user": bob.id.description, "role": "viewer"])
            let told = try await section(ada, id)
            #expect(
                told.contains("A member was given another role")
                    && told.contains("<bdi>Bob &lt;b&gt; (bob@example.org)</bdi>"))
            #expect(told.contains("ada@example.org") && !told.contains("usr_"), "\(told)")
            // Who is no member any more is told all the same.
            _ = try await ada.post("/organization/members/remove", ["organization": id, "user": bob.id.description])
            let after = try await section(ada, id)
            #expect(after.contains("A member left or was removed") && !after.contains("usr_"))
            let login = try await server.admin()
            let json = try await server.call(.get, "/api/v1/audit?event=membership.ended", by: login)
            #expect(json.text.contains(bob.id.description), "the API has the identifier")
        }
    }

    @Test("an identifier that someone typed as a name or a label does not tell whose it is")
    func typedIdentifiers() async throws {
        try await withServer { server in
            let eve = try await server.browser(signedInAs: "eve@example.org")
            _ = try await server.browser(signedInAs: "ada@example.org")
            let ada = try #require(try await server.user("ada@example.org")).id.description
            let login = try await server.admin("eve@example.org")
            let id = try login.organization.description
            _ = try await server.mint(#"{"label":"\#(ada)","access":"full"}"#, by: login)
            _ = try await eve.get("/organization")
            _ = try await eve.post("/organization/rename", ["organization": id, "name": ada])
            let told = try await section(eve, id)
            #expect(told.contains(ada) && !told.contains("ada@example.org"), "\(told)")
        }
    }

    @Test("a list of more than five is cut on the page, and whole in the API; a name of many words is not cut")
    func lists() async throws {
        try await withServer { server in
            let scopes = (10..<40).map { Scope("area\($0):read", "Read \($0)") }
            try await server.provider.resourceServers.declare(
                ResourceServer(identifier: "https://areas.example.com", name: "Areas", scopes: scopes), at: server.now)
            let login = try await server.admin()
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let id = try login.organization.description
            try await server.proveSessions()
            _ = try await browser.get("/organization")
            let made = try await browser.post(
                "/organization/tokens",
                ["organization": id, "label": "a b c d e f g", "access": "full", "lifetime": "never"])
            #expect(made.status == .ok)
            let events = try await server.call(.get, "/api/v1/audit?event=API_TOKEN_ISSUED", by: login)
            let after = try events.json["events"]?.array?.first?.object?["after"]?.object
            let words = try #require(after?["scope"]?.string).split(separator: " ")
            #expect(words.count > 30)
            let told = try await section(browser, id)
            let cut = words.prefix(5).joined(separator: " ") + " … and \(words.count - 5) more"
            #expect(told.contains("<bdi>\(cut)</bdi>") && told.contains("<bdi>a b c d e f g</bdi>"), "\(told)")
            #expect(!told.contains(String(try #require(words.last))))
        }
    }
}
