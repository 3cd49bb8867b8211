import HTTPTypes
import Identity
import JOSE
import Testing

/// Invitations through the API and by mail.
struct InvitationsAPITests {
    @Test("an invitation is sent, listed and accepted by whom it was sent to, once")
    func life() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let path = try server.path(of: ada) + "/invitations"
            let made = try await server.call(.post, path, #"{"email":"Bob@example.org","role":"admin"}"#, by: ada)
            #expect(made.status == .created)
            #expect(
                try made.json.members.map(\.name) == [
                    "id", "email", "role", "status", "invited_by", "created_at", "expires_at",
                ])
            let token = try await server.mail(to: "Bob@example.org").token
            #expect(!made.text.contains(token))
            let listed = try await server.call(.get, path, by: ada).json
            #expect(listed["invitations"]?.array?.first?.object?["status"]?.string == "pending")
            #expect(listed["pagination"]?.object?["total"]?.integer == 1)
            let body = #"{"token":"\#(token)"}"#
            let joined = try await server.call(.post, "/api/v1/invitations/accept", body, by: bob)
            #expect(joined.status == .ok)
            #expect(try joined.string("id") == ada.organization.description)
            #expect(try joined.string("role") == "admin")
            let again = try await server.call(.post, "/api/v1/invitations/accept", body, by: bob)
            #expect(again.status == .badRequest && again.error == "invalid_grant")
            let switched = try await server.post(
                "/api/v1/auth/switch", json: ["organization": ada.organization.description],
                headers: .bearer(bob.access))
            #expect(try Tokens(switched).organization == ada.organization)
        }
    }

    @Test("a forwarded invitation lets nobody else in, and is still good for whom it was sent to")
    func forwarded() async throws {
        try await withServer { server in
            let (ada, eve) = (try await server.login(), try await server.login("eve@example.org"))
            let body = #"{"token":"\#(try await server.invitation("bob@example.org", by: ada))"}"#
            let refused = try await server.call(.post, "/api/v1/invitations/accept", body, by: eve)
            #expect(refused.status == .forbidden && refused.error == "forbidden")
            #expect(!refused.text.contains("bob"))
            #expect(try await server.number("SELECT count(*) FROM memberships") == 2)
            let bob = try await server.login("bob@example.org")
            #expect(try await server.call(.post, "/api/v1/invitations/accept", body, by: bob).status == .ok)
        }
    }

    @Test("each kind of secret in the place of an invitation, and an invitation in each other's, is refused")
    func kinds() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let token = try await server.invitation("bob@example.org", by: ada)
            let link = try await server.magicLink("bob@example.org").token
            for secret in [ada.access, ada.refresh, link, "lki_" + link.dropFirst(4), "", token + "A"] {
                let answer = try await server.call(
                    .post, "/api/v1/invitations/accept", #"{"token":"\#(secret)"}"#, by: ada)
                #expect(answer.status == .badRequest && answer.error == "invalid_grant", "\(secret)")
            }
            #expect(
                try await server.post("/api/v1/auth/magic_link/verify", json: ["token": token]).error == "invalid_grant"
            )
            #expect(try await server.refresh(token).error == "invalid_grant")
            #expect(try await server.me(token).status == .unauthorized)
            #expect(try await server.number("SELECT count(*) FROM invitations WHERE state = 'waiting'") == 1)
            #expect(try await server.linkStates() == ["spent", "waiting"])
        }
    }

    @Test("inviting answers the same for an address with and one without an account")
    func noOracle() async throws {
        try await withServer { server in
            let ada = try await server.login()
            _ = try await server.login("known@example.org")
            var answers: [Answer] = []
            for email in ["known@example.org", "nobody@example.org"] {
                answers.append(
                    try await server.call(
                        .post, try server.path(of: ada) + "/invitations", #"{"email":"\#(email)","role":"member"}"#,
                        by: ada))
            }
            #expect(Set(answers.map(\.status)) == [.created] && Set(answers.map(\.headerNames)).count == 1)
            let shapes = try answers.map { try $0.json.members.map(\.name) }
            #expect(Set(shapes).count == 1)
            let recipients = try await server.deliveredMail().map(\.message.recipient.text)
            #expect(recipients == ["known@example.org", "nobody@example.org"])
        }
    }

    @Test("one mailbox gets ten mails in ten minutes, invitations and links together")
    func mailLimit() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let path = try server.path(of: ada) + "/invitations"
            var statuses: [HTTPResponse.Status] = []
            for _ in 0..<11 {
                statuses.append(
                    try await server.call(.post, path, #"{"email":"x@example.org","role":"viewer"}"#, by: ada).status)
            }
            #expect(statuses == Array(repeating: .created, count: 10) + [.tooManyRequests])
        }
    }

    @Test(
        "the mail names the issuer alone, and what people call themselves neither makes links nor lines",
        arguments: [
            ("https://evil.example/win", "https evil example win"), ("<b>x</b>", "b x b"),
            ("www.evil.com", "www evil com"),
            ("a@b.org", "a b org"), ("Acme & Söhne (Köln)", "Acme & Söhne (Köln)"), ("...", "an organization"),
        ])
    func mail(name: String, plain: String) async throws {
        try await withServer { server in
            let ada = try await server.login()
            let json = String(decoding: JSONValue.object(["name": .string(name)]).serialized(), as: UTF8.self)
            let renamed = try await server.call(.patch, try server.path(of: ada), json, by: ada)
            try #require(renamed.status == .ok)
            _ = try await server.call(
                .post, try server.path(of: ada) + "/invitations", #"{"email":"bob@example.org","role":"member"}"#,
                by: ada)
            let mail = try await server.mail(to: "bob@example.org")
            #expect(mail.message.text.contains("invites you to join \(plain) at id.example.com, as member."))
            #expect(mail.message.subject == "Invitation to an organization at id.example.com")
            #expect(try mail.link.hasPrefix("https://id.example.com/invitation#token=lki_"))
            if name != plain { #expect(!mail.message.html.contains(name) && !mail.message.text.contains(name)) }
            let links = mail.message.html.components(separatedBy: "href=").count - 1
            #expect(links == 1)
        }
    }
}

extension String {
    fileprivate func components(separatedBy mark: String) -> [Substring] {
        var (parts, rest): ([Substring], Substring) = ([], self[...])
        while let range = rest.firstRange(of: mark) {
            parts.append(rest[..<range.lowerBound])
            rest = rest[range.upperBound...]
        }
        return parts + [rest]
    }
}
