import HTTPTypes
import Identity
import JOSE
import Testing

/// `/organization` and `/invitation`, by forms alone.
struct OrganizationPagesTests {
    /// Two people of one organization at their browsers.
    private struct Scene: Sendable {
        let server: TestServer
        let ada: TestBrowser
        let bob: TestBrowser
        let id: String
        let bobID: String

        init(_ server: TestServer, bob role: Role? = nil) async throws {
            self.server = server
            ada = try await server.browser(signedInAs: "ada@example.org")
            bob = try await server.browser(signedInAs: "bob@example.org")
            id = try #require(try await server.organization(of: "ada@example.org"))
            let user = try #require(try await server.user("bob@example.org"))
            bobID = user.id.description
            if let role, let organization = Organization.ID(id) {
                try await server.provider.organizations.join(
                    organization, user.id, as: role, at: server.now, from: .server)
            }
        }

        func role() async throws -> String? {
            let organization = try #require(Organization.ID(id))
            let user = try #require(try await server.user("bob@example.org"))
            return try await server.provider.organizations.membership(of: user.id, in: organization)?.role.rawValue
        }
    }

    @Test("an owner invites, and the invited person joins by the page of the link")
    func invite() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            _ = try await scene.ada.get("/organization")
            let sent = try await scene.ada.post(
                "/organization/invitations", ["organization": scene.id, "email": "bob@example.org", "role": "admin"])
            #expect(sent.status == .seeOther)
            let token = try await server.mail(to: "bob@example.org").token
            let page = try await scene.ada.get(try #require(sent.headers[.location]))
            #expect(page.text.contains("The invitation is on its way.") && page.text.contains("bob@example.org"))
            #expect(!page.text.contains(token))
            _ = try await scene.bob.get("/invitation")
            let offer = try await scene.bob.post("/invitation/open", ["token": token])
            #expect(offer.status == .ok && offer.text.contains("ada@example.org"))
            let invitation = try #require(offer.text.value(after: #"name="invitation" value=""#))
            let joined = try await scene.bob.post("/organization/invitations/accept", ["invitation": invitation])
            #expect(joined.headers[.location] == "/organization?id=\(scene.id)&done=joined")
            #expect(try await scene.role() == "admin")
            let used = try await scene.bob.post("/invitation/open", ["token": token])
            #expect(used.status == .badRequest && used.text.contains("has been used"))
        }
    }

    @Test("who is refused is told whom to ask; a page that was only opened is not a form to send once more")
    func forbidden() async throws {
        try await withServer { server in
            let scene = try await Scene(server, bob: .admin)
            let carol = try await server.browser(signedInAs: "carol@example.org")
            let user = try #require(try await server.user("carol@example.org"))
            let organization = try #require(Organization.ID(scene.id))
            try await server.provider.organizations.join(
                organization, user.id, as: .member, at: server.now, from: .server)
            let page = try await carol.get("/organization/token?organization=\(scene.id)&id=tok_0000000000001")
            #expect(page.status == .forbidden && page.text.contains("You may not do this"))
            #expect(page.text.contains("Ask an owner or admin.") && !page.text.contains("send the form"))
            let expired = try await scene.bob.postText("/organization/rename", "organization=\(scene.id)&name=x")
            #expect(expired.status == .forbidden && expired.text.contains("send the form once more"))
            _ = try await scene.bob.get("/organization?id=\(scene.id)")
            let refused = try await scene.bob.post(
                "/organization/members/role", ["organization": scene.id, "user": scene.bobID, "role": "owner"])
            #expect(refused.status == .forbidden && refused.text.contains("decide about owners. Ask an owner."))
        }
    }

    @Test("where no mail can leave an invitation is not said to be on its way, but what must be set for it")
    func withoutMail() async throws {
        var options = TestSite.Options()
        options.sendsMail = false
        try await withServer(options) { server in
            let scene = try await Scene(server)
            _ = try await scene.ada.get("/organization")
            let made = try await scene.ada.post(
                "/organization/invitations", ["organization": scene.id, "email": "bob@example.org", "role": "member"])
            let page = try await scene.ada.get(try #require(made.headers[.location]))
            #expect(!page.text.contains("on its way") && page.text.contains("smtp_url and mail_from"))
            #expect(try await server.number("SELECT count(*) FROM outgoing_mail") >= 1, "it waits")
        }
    }

    @Test("who is not signed in signs in by a link to that very address, also where sign-up is closed, and joins")
    func newcomer() async throws {
        let site = try TestSite()
        let token = try await site.result { server in
            let ada = try await server.login()
            return try await server.invitation("new@example.org", as: "viewer", by: ada)
        }
        var options = TestSite.Options()
        options.signUp = .closed
        try await site.run(options) { server in
            let browser = TestBrowser(server)
            _ = try await browser.get("/invitation")
            let offer = try await browser.post("/invitation/open", ["token": token])
            #expect(offer.text.contains(#"name="email" value="new@example.org""#))
            #expect(offer.text.contains(#"name="return_to" value="/organization""#))
            let asked = try await browser.post("/login", ["email": "new@example.org", "return_to": "/organization"])
            #expect(asked.headers[.location] == "/login/sent")
            let code = try await server.mail(to: "new@example.org").code
            let signedIn = try await browser.post("/login/code", ["code": code])
            #expect(signedIn.headers[.location] == "/organization")
            let page = try await browser.get("/organization")
            #expect(page.text.contains("You are invited"))
            let invitation = try #require(page.text.value(after: #"name="invitation" value=""#))
            let joined = try await browser.post("/organization/invitations/accept", ["invitation": invitation])
            #expect(joined.status == .seeOther)
            let user = try #require(try await server.user("new@example.org"))
            #expect(try await server.provider.organizations.memberships(of: user.id).map(\.role) == [.viewer])
        }
    }

    @Test("who is signed in by another address is told so, and cannot join by the name of the invitation")
    func otherAddress() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let eve = try await server.browser(signedInAs: "eve@example.org")
            _ = try await scene.ada.get("/organization")
            _ = try await scene.ada.post(
                "/organization/invitations", ["organization": scene.id, "email": "bob@example.org", "role": "member"])
            let token = try await server.mail(to: "bob@example.org").token
            let offer = try await eve.post("/invitation/open", ["token": token])
            #expect(offer.text.contains("You are signed in as eve@example.org"))
            let page = try await scene.bob.get("/organization")
            let invitation = try #require(page.text.value(after: #"name="invitation" value=""#))
            _ = try await eve.get("/account")
            let refused = try await eve.post("/organization/invitations/accept", ["invitation": invitation])
            #expect(refused.status == .badRequest && !refused.text.contains("bob@example.org"))
            #expect(try await server.number("SELECT count(*) FROM memberships") == 3)
        }
    }

    @Test("roles are changed, members removed and organizations left by forms; the last owner stays, with a reason")
    func members() async throws {
        try await withServer { server in
            let scene = try await Scene(server, bob: .member)
            let page = try await scene.ada.get("/organization?id=\(scene.id)")
            #expect(page.text.contains(#"<option value="member" selected>"#))
            let promote = try await scene.ada.post(
                "/organization/members/role", ["organization": scene.id, "user": scene.bobID, "role": "admin"])
            #expect(promote.status == .seeOther)
            #expect(try await scene.role() == "admin")
            let ada = try #require(try await server.user("ada@example.org")).id.description
            for browser in [scene.ada, scene.bob] {
                _ = try await browser.get("/organization?id=\(scene.id)")
                let refused = try await browser.post(
                    "/organization/members/remove", ["organization": scene.id, "user": ada])
                #expect([.conflict, .forbidden].contains(refused.status))
                #expect(refused.text.contains(#"role="alert""#))
            }
            let left = try await scene.bob.post(
                "/organization/members/remove", ["organization": scene.id, "user": scene.bobID])
            #expect(left.headers[.location] == "/organization?done=left")
            #expect(try await scene.role() == nil)
            #expect(try await scene.bob.get("/organization?id=\(scene.id)").status == .notFound)
        }
    }

    @Test("a viewer is offered nothing that they may not do, and refused when they send it all the same")
    func viewer() async throws {
        try await withServer { server in
            let scene = try await Scene(server, bob: .viewer)
            let page = try await scene.bob.get("/organization?id=\(scene.id)")
            for form in ["members/role", "organization/invitations\"", "organization/rename"] {
                #expect(!page.text.contains(form), "\(form)")
            }
            let before = try await server.snapshot()
            let forms: [(String, KeyValuePairs<String, String>)] = [
                ("/organization/rename", ["organization": scene.id, "name": "Mine"]),
                ("/organization/members/role", ["organization": scene.id, "user": scene.bobID, "role": "owner"]),
                ("/organization/invitations", ["organization": scene.id, "email": "x@example.org", "role": "viewer"]),
            ]
            for (path, form) in forms {
                #expect(try await scene.bob.post(path, form).status == .forbidden, "\(path)")
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("every form needs the token of its page, and an organization of one's own")
    func guards() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let before = try await server.snapshot()
            let forms: [(String, KeyValuePairs<String, String>)] = [
                ("/organization/rename", ["organization": scene.id, "name": "Mine"]),
                ("/organization/members/role", ["organization": scene.id, "user": scene.bobID, "role": "owner"]),
                ("/organization/members/remove", ["organization": scene.id, "user": scene.bobID]),
                ("/organization/invitations", ["organization": scene.id, "email": "x@example.org", "role": "viewer"]),
                (
                    "/organization/invitations/revoke",
                    ["organization": scene.id, "invitation": "inv_0000000000001"]
                ),
            ]
            for (path, form) in forms {
                #expect(try await scene.bob.post(path, form).status == .notFound, "\(path)")
                let text = form.map { "\($0.key)=\(formEncoded($0.value))" }.joined(separator: "&")
                #expect(try await scene.ada.postText(path, text).status == .forbidden, "\(path)")
                #expect(try await TestBrowser(server).postText(path, text).status == .forbidden, "\(path)")
            }
            #expect(try await scene.ada.postText("/organization/create", "name=x").status == .forbidden)
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("hostile names are escaped, and what was typed wrongly is shown again with its reason")
    func escaping() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let hostile = #"<script>alert("x")</script>{{csrf}}"#
            _ = try await scene.ada.get("/organization")
            let made = try await scene.ada.post("/organization/create", ["name": hostile])
            let page = try await scene.ada.get(try #require(made.headers[.location]))
            #expect(page.status == .ok && !page.text.contains("<script>alert") && page.text.contains("{{csrf}}"))
            let wrong = try await scene.ada.post(
                "/organization/invitations", ["organization": scene.id, "email": "<b>no", "role": "member"])
            #expect(wrong.status == .badRequest && wrong.text.contains("&lt;b&gt;no"))
            #expect(wrong.text.contains("This is no mail address"))
            #expect(try await server.number("SELECT count(*) FROM invitations") == 0)
        }
    }
}
