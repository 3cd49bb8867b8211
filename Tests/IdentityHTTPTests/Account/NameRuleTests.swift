import HTTPTypes
import Identity
import Testing

/// A name that is read backwards is refused wherever a name is given.
struct NameRuleTests {
    /// Read as `support@example.com`.
    private static let backwards = "\u{202E}moc.elpmaxe@troppus"

    @Test("marks that turn the direction of text are refused in every name that the API takes, with the reason")
    func api() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            let organization = "/api/v1/organizations/\(try ada.organization)"
            let before = try await server.snapshot()
            for (method, path, member) in [
                (.patch, "/api/v1/auth/me", "name"), (.post, "/api/v1/organizations", "name"),
                (.patch, organization, "name"), (.patch, try minted.path, "label"),
            ] as [(HTTPRequest.Method, String, String)] {
                let refused = try await server.call(method, path, "{\"\(member)\":\"\(Self.backwards)\"}", by: ada)
                #expect(refused.status == .badRequest && refused.error == "invalid_request", "\(path)")
                #expect(refused.message?.contains("turn the direction of text") == true, "\(path)")
            }
            let token = try await server.mint("{\"label\":\"\(Self.backwards)\",\"access\":\"full\"}", by: ada)
            #expect(token.answer.status == .badRequest)
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("pages refuse it beside the field; what reads from the right stands apart from the sentence around it")
    func pages() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            for path in ["/account/profile", "/organization/create"] {
                _ = try await browser.get(path.hasPrefix("/account") ? "/account" : "/organization")
                let refused = try await browser.post(path, ["name": Self.backwards])
                #expect(refused.status == .badRequest && refused.text.contains("turn the direction of text"))
            }
            let name = "\u{5D0}\u{5D3}\u{5D4}"
            #expect(try await browser.post("/account/profile", ["name": name]).status == .seeOther)
            let id = try #require(try await server.organization(of: "ada@example.org"))
            _ = try await browser.get("/organization")
            _ = try await browser.post(
                "/organization/invitations", ["organization": id, "email": "bob@example.org", "role": "member"])
            let token = try await server.mail(to: "bob@example.org").token
            let bob = TestBrowser(server)
            _ = try await bob.get("/invitation")
            let offer = try await bob.post("/invitation/open", ["token": token])
            #expect(offer.text.contains("<bdi>\(name)</bdi>, <bdi>ada@example.org</bdi>"))
        }
    }
}
