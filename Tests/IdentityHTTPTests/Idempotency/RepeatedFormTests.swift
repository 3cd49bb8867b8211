import Database
import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// Forms that make a secret, sent more than once: by reloading their page, by two clicks, with other entries.
struct RepeatedFormTests {
    /// Ada's browser, on the page of her organization.
    private struct Scene: Sendable {
        let server: TestServer
        let ada: TestBrowser
        let id: String

        init(_ server: TestServer, isProven: Bool = true) async throws {
            self.server = server
            ada = try await server.browser(signedInAs: "ada@example.org")
            id = try #require(try await server.organization(of: "ada@example.org"))
            _ = try await server.provider.organizations.changePlan(
                of: try #require(Organization.ID(id)), to: .business, at: server.now, from: .server
            ).get()
            if isProven { try await server.proveSessions() }
        }

        /// The key of the form on a page, as it is shown now.
        func key(_ path: String = "/organization") async throws -> String {
            try #require(try await ada.get(path).text.formKey)
        }

        func mint(
            _ key: String, label: String = "CI", code: String? = nil, by browser: TestBrowser? = nil
        ) async throws -> Answer {
            try await (browser ?? ada).post(
                "/organization/tokens",
                [
                    "organization": id, "form_key": key, "label": label, "access": "read_only", "lifetime": "90",
                    "step_up_code": code ?? "",
                ])
        }

        func rotate(_ token: String, _ key: String, overlap: String = "3600") async throws -> Answer {
            try await ada.post(
                "/organization/tokens/rotate",
                ["organization": id, "form_key": key, "id": token, "overlap": overlap])
        }

        var tokens: Int64 {
            get async throws { try await server.number("SELECT count(*) FROM api_tokens") }
        }
    }

    @Test("a new token's form sent again shows the same page with the same secret, and makes no second token")
    func mintedTwice() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let key = try await scene.key()
            let first = try await scene.mint(key)
            #expect(first.status == .ok && first.headers[.idempotencyReplayed] == nil)
            let secret = try #require(first.text.shownSecret)
            let again = try await scene.mint(key)
            #expect(again.status == .ok && again.body == first.body && again.headers[.idempotencyReplayed] == "true")
            for name in [HTTPField.Name.contentType, .contentSecurityPolicy, .cacheControl] {
                #expect(again.headers[name] == first.headers[name] && again.headers[name] != nil, "\(name)")
            }
            #expect(try await scene.tokens == 1)
            #expect(try await server.events(.apiTokenIssued) == 1)
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok)
            // The page that is shown next has another key, and so makes another token.
            let next = try await scene.mint(try await scene.key())
            #expect(next.status == .ok && next.text.shownSecret != secret)
            #expect(try await scene.tokens == 2)
        }
    }

    @Test("the page is given again by another node, for a day and no longer")
    func window() async throws {
        let site = try TestSite()
        let (scene, key, first) = try await site.result { server in
            let scene = try await Scene(server)
            let key = try await scene.key()
            return (scene, key, try await scene.mint(key))
        }
        try await site.run { server in
            let ada = TestBrowser(server, cookies: scene.ada.cookies)
            _ = try await ada.get("/organization")
            server.site.clock.advance(by: .seconds(86_000))
            func again() async throws -> Answer {
                try await ada.post(
                    "/organization/tokens",
                    [
                        "organization": scene.id, "form_key": key, "label": "CI", "access": "read_only",
                        "lifetime": "90",
                    ])
            }
            #expect(try await again().body == first.body)
            server.site.clock.advance(by: .seconds(400))
            let late = try await again()
            #expect(late.status == .forbidden && late.text.contains("To make an API token"))
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 1)
        }
    }

    @Test("sent ten times at once, a form makes one token, and each answer is its page", .timeLimit(.minutes(2)))
    func mintedAtOnce() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let key = try await scene.key()
            let answers = try await race(10) { try await scene.mint(key) }
            #expect(answers.allSatisfy { $0.status == .ok })
            #expect(Set(answers.map(\.text.shownSecret)).count == 1 && answers[0].text.shownSecret != nil)
            #expect(try await scene.tokens == 1)
            #expect(try await server.events(.apiTokenIssued) == 1)
        }
    }

    @Test("with other entries the form is shown again as it was typed, and is done once it is sent from there")
    func otherEntries() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let key = try await scene.key()
            let first = try await scene.mint(key)
            let before = try await server.snapshot()
            let other = try await scene.mint(key, label: "Nightly")
            #expect(other.status.code == 422 && other.text.contains("This form was sent before"))
            #expect(other.text.contains(#"value="Nightly""#) && other.text.shownSecret == nil)
            #expect(try await server.snapshot() == before)
            let fresh = try #require(other.text.formKey)
            #expect(fresh != key)
            let second = try await scene.mint(fresh, label: "Nightly")
            #expect(second.status == .ok && second.text.shownSecret != nil)
            #expect(try await scene.mint(key).body == first.body)
            #expect(try await scene.tokens == 2)
        }
    }

    @Test("what was refused is no answer: the form goes on with the code, and its repeat does not use the code again")
    func stepUp() async throws {
        try await withServer { server in
            let scene = try await Scene(server, isProven: false)
            let (app, _) = try await scene.ada.enrol()
            let key = try await scene.key()
            let asked = try await scene.mint(key)
            #expect(asked.status == .forbidden && asked.text.formKey == key, "it is sent on with the code")
            let code = app.code(at: server.now)
            let first = try await scene.mint(key, code: code)
            #expect(first.status == .ok, "\(first.text)")
            // The code is used, and the second factor is long over.
            server.site.clock.advance(by: .seconds(3_600))
            for code in [code, "000000", nil] {
                #expect(try await scene.mint(key, code: code).body == first.body)
            }
            #expect(try await scene.tokens == 1)
        }
    }

    @Test("a rotation sent again, also at once, gives one new secret; with another overlap or token it is not done")
    func rotated() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let old = try #require(try await scene.mint(try await scene.key()).text.shownSecret)
            let other = try #require(try await scene.mint(try await scene.key(), label: "B").text.shownSecret)
            let ids = try [old, other].map { try #require(APITokenSecret($0)).token.description }
            let key = try await scene.key("/organization/token?organization=\(scene.id)&id=\(ids[0])")
            let answers = try await race(5) { try await scene.rotate(ids[0], key) }
            #expect(answers.allSatisfy { $0.status == .ok && $0.body == answers[0].body })
            let secret = try #require(answers[0].text.shownSecret)
            #expect(secret != old)
            #expect(try await scene.rotate(ids[0], key).text.shownSecret == secret)
            #expect(try await server.events(.apiTokenRotated) == 1)
            #expect(try await server.get("/api/v1/me", headers: .bearer(secret)).status == .ok)
            let before = try await server.snapshot()
            for (id, overlap) in [(ids[0], "0"), (ids[1], "3600")] {
                let refused = try await scene.rotate(id, key, overlap: overlap)
                #expect(refused.status.code == 422 && refused.text.shownSecret == nil)
                #expect(refused.text.contains("This form was sent before"))
                #expect(refused.text.formKey != nil && refused.text.formKey != key)
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("a webhook made or rotated by a form that is sent again is one, with one secret")
    func webhooks() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let key = try await scene.key()
            @Sendable func create(_ host: String) async throws -> Answer {
                try await scene.ada.post(
                    "/organization/webhooks",
                    [
                        "organization": scene.id, "form_key": key, "url": "https://\(host).example.com/x",
                        "choice": "all",
                    ])
            }
            let made = try await race(3) { try await create("hooks") }
            #expect(made.allSatisfy { $0.status == .ok && $0.body == made[0].body && $0.text.contains("whsec_") })
            #expect(try await server.number("SELECT count(*) FROM webhooks") == 1)
            #expect(try await create("other").status.code == 422)
            // Forms of one page have one key, and are apart all the same.
            #expect(try await scene.mint(key).status == .ok)
            let id = Webhook.ID(rawValue: try await server.number("SELECT max(id) FROM webhooks")).description
            let next = try await scene.key("/organization/webhook?organization=\(scene.id)&id=\(id)")
            let rotated = try await race(3) {
                try await scene.ada.post(
                    "/organization/webhooks/rotate",
                    ["organization": scene.id, "form_key": next, "id": id, "overlap": "3600"])
            }
            #expect(rotated.allSatisfy { $0.status == .ok && $0.body == rotated[0].body })
            #expect(try await server.events(.webhookSecretRotated) == 1)
            #expect(try await server.number("SELECT count(*) FROM webhooks") == 1)
        }
    }

    @Test("the key of a form is worth nothing in another browser, nor after signing out, nor to who may not any more")
    func others() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let key = try await scene.key()
            let first = try await scene.mint(key)
            let second = try await server.browser(signedInAs: "ada@example.org")
            _ = try await second.get("/organization")
            let elsewhere = try await scene.mint(key, by: second)
            #expect(elsewhere.status == .forbidden && elsewhere.text.shownSecret == nil)
            let ada = try #require(try await server.user("ada@example.org"))
            func become(_ role: String) async throws {
                _ = try await server.database.write { transaction in
                    try transaction.run(
                        "UPDATE memberships SET role = ? WHERE user_id = ?", .text(role), .integer(ada.id.rawValue))
                }
            }
            try await become("member")
            let demoted = try await scene.mint(key)
            #expect(demoted.status == .forbidden && demoted.text.shownSecret == nil)
            try await become("owner")
            #expect(try await scene.mint(key).body == first.body)
            _ = try await server.database.write { transaction in
                try transaction.run("UPDATE sessions SET ended_at = ? WHERE ended_at IS NULL", .integer(1))
            }
            let ended = try await scene.mint(key)
            #expect(ended.status == .seeOther && ended.text.shownSecret == nil)
            #expect(try await scene.tokens == 1)
        }
    }

    @Test("what is no key of a form is refused; the answer is sealed in the database", arguments: ["x", "A=", "%2F"])
    func wrongKey(key: String) async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            _ = try await scene.ada.get("/organization")
            #expect(try await scene.mint(key).status == .badRequest)
            #expect(try await scene.mint(String(repeating: "A", count: 300)).status == .badRequest)
            #expect(try await scene.tokens == 0)
            let secret = try #require(try await scene.mint(try await scene.key()).text.shownSecret)
            let sealed = try await server.database.read { transaction in
                try transaction.rows("SELECT sealed_answer FROM recorded_answers").map { try $0.blob(0) }
            }
            #expect(sealed.count == 1)
            #expect(!String(decoding: sealed.joined(), as: UTF8.self).contains(secret))
        }
    }
}

extension String {
    /// The key of the first form that has one.
    fileprivate var formKey: String? { value(after: #"name="form_key" value=""#) }

    /// The secret of an API token that a page shows.
    fileprivate var shownSecret: String? {
        split(separator: "<code translate=\"no\">").dropFirst().first.map { String($0.prefix { $0 != "<" }) }
            .flatMap { $0.hasPrefix("lk_live_") ? $0 : nil }
    }
}
