import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// Webhooks through the API: shapes, codes, and what they leave in the database.
struct WebhooksAPITests {
    private static let shape = [
        "id", "url", "events", "enabled", "disabled_reason", "disabled_at", "failing_since", "created_at", "created_by",
        "rotated_at", "overlap_ends_at",
    ]
    private static let request = #"{"url":"https://hooks.example.com/x","events":["API_TOKEN_ISSUED"]}"#

    private func create(
        _ server: TestServer, _ json: String = request, by login: Tokens, key: String? = nil
    ) async throws -> Answer {
        try await server.call(.post, "/api/v1/webhooks", json, by: login, key: key)
    }

    @Test("a webhook is made, its secret shown once; it is listed, changed, rotated and deleted")
    func life() async throws {
        try await withServer { server in
            let ada = try await server.admin(on: .free)
            let made = try await create(server, by: ada)
            #expect(made.status == .created, "\(made.text)")
            let names = try made.json.members.map(\.name)
            #expect(names == ["id", "url", "events", "secret"] + Self.shape.dropFirst(3))
            let (id, secret) = (try made.string("id"), try made.string("secret"))
            #expect(id.hasPrefix("whk_") && secret.hasPrefix("whsec_"))
            let path = "/api/v1/webhooks/" + id
            let shown = try await server.call(.get, path, by: ada)
            #expect(try shown.json.members.map(\.name) == Self.shape)
            let changed = try await server.call(
                .patch, path, #"{"events":["*"],"enabled":false}"#, by: ada)
            #expect(try changed.json["events"]?.strings == ["*"] && changed.json["enabled"]?.bool == false)
            #expect(try changed.string("disabled_reason") == "by_admin")
            #expect(try await server.call(.post, path + "/test", "{}", by: ada).error == "webhook_disabled")
            _ = try await server.call(.patch, path, #"{"enabled":true}"#, by: ada)
            let rotated = try await server.call(.post, path + "/rotate", "{}", by: ada)
            #expect(rotated.status == .ok)
            #expect(try rotated.string("secret") != secret)
            #expect(try rotated.string("overlap_ends_at") > rotated.string("rotated_at"))
            #expect(
                try await server.call(.post, path + "/rotate", #"{"overlap":60}"#, by: ada).error == "overlap_running")
            let tested = try await server.call(.post, path + "/test", "{}", by: ada)
            #expect(try tested.status == .accepted && tested.string("event") == "webhook.test")
            let deliveries = try await server.call(.get, path + "/deliveries?status=waiting", by: ada)
            let first = try #require(try deliveries.json["deliveries"]?.array?.compactMap(\.object))
            #expect(try first.contains { $0["id"]?.string == (try tested.string("id")) })
            let replay = "/api/v1/webhooks/deliveries/\(try tested.string("id"))/replay"
            #expect(try await server.call(.post, replay, "{}", by: ada).error == "delivery_waiting")
            let listed = try await server.call(.get, "/api/v1/webhooks", by: ada)
            #expect(try listed.json["webhooks"]?.array?.count == 1)
            #expect(try listed.json["pagination"]?.object?["total"]?.integer == 1)
            for answer in [shown, changed, tested, deliveries, listed] { #expect(!answer.text.contains("whsec_")) }
            #expect(try await server.call(.delete, path, by: ada).status == .noContent)
            #expect(try await server.call(.get, path, by: ada).status == .notFound)
            #expect(!server.site.log.text.contains(secret))
        }
    }

    @Test(
        "what is no webhook is 400, named, and leaves nothing",
        arguments: [
            ("{}", "url"), (#"{"url":7,"events":["*"]}"#, "url"), (#"{"url":"https://a.example"}"#, "events"),
            (#"{"url":"https://a.example","events":[]}"#, "events"),
            (#"{"url":"https://a.example","events":"*"}"#, "events"),
            (#"{"url":"https://a.example","events":["API_TOKEN_EATEN"]}"#, "API_TOKEN_EATEN"),
            (#"{"url":"http://a.example","events":["*"]}"#, "https"),
            (#"{"url":"https://127.0.0.1/","events":["*"]}"#, "public internet"),
            (#"{"url":"https://localhost/","events":["*"]}"#, "public internet"),
            (#"{"url":"https://[::1]/","events":["*"]}"#, "public internet"),
            (#"{"url":"https://169.254.169.254/latest/meta-data","events":["*"]}"#, "public internet"),
            (#"{"url":"https://10.0.0.7/","events":["*"]}"#, "public internet"),
            (#"{"url":"https://2130706433/","events":["*"]}"#, "host"),
            (#"{"url":"https://0177.0.0.1/","events":["*"]}"#, "host"),
            (#"{"url":"https://0x7f.1/","events":["*"]}"#, "host"),
            (#"{"url":"https://u:p@a.example/","events":["*"]}"#, "password"),
            (#"{"url":"https://a.example/","events":["*"],"enabled":"no"}"#, "enabled"),
        ])
    func badRequests(json: String, words: String) async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let good = try await create(server, by: ada)
            let before = try await server.snapshot()
            let answer = try await create(server, json, by: ada)
            #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(answer.text)")
            #expect(answer.message?.contains(words) == true, "\(answer.text)")
            if json.contains(#""url":""#), words != "events" {
                let path = "/api/v1/webhooks/" + (try good.string("id"))
                #expect(try await server.call(.patch, path, json, by: ada).status == .badRequest)
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("one that is made switched off is off, and is sent nothing before it is switched on")
    func madeOff() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let made = try await create(
                server, #"{"url":"https://hooks.example.com/x","events":["*"],"enabled":false}"#, by: ada)
            #expect(try made.status == .created && made.json["enabled"]?.bool == false)
            #expect(try made.string("disabled_reason") == "by_admin" && made.string("secret").hasPrefix("whsec_"))
            let path = "/api/v1/webhooks/" + (try made.string("id"))
            #expect(try await server.call(.get, path, by: ada).json["enabled"]?.bool == false)
            #expect(try await server.call(.post, path + "/test", "{}", by: ada).error == "webhook_disabled")
            _ = try await server.mint(by: ada)
            #expect(try await server.number("SELECT count(*) FROM webhook_deliveries") == 0)
            let on = try await server.call(.patch, path, #"{"enabled":true}"#, by: ada)
            #expect(try on.json["enabled"]?.bool == true && on.json["disabled_reason"] == .null)
            #expect(try await server.call(.post, path + "/test", "{}", by: ada).status == .accepted)
        }
    }

    @Test("without a second factor nothing is made, rotated or led elsewhere; API tokens and members do nothing at all")
    func refusals() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let path = "/api/v1/webhooks/" + (try await create(server, by: ada).string("id"))
            let token = try await server.mint(by: ada).secret
            server.site.clock.advance(by: .seconds(300))
            let before = try await server.snapshot()
            for answer in [
                try await create(server, by: ada), try await server.call(.post, path + "/rotate", "{}", by: ada),
                try await server.call(.patch, path, #"{"url":"https://evil.example/"}"#, by: ada),
            ] {
                #expect(answer.status == .forbidden && answer.error == "step_up_required", "\(answer.text)")
                #expect(try answer.json["step_up"]?.object?["max_age"]?.integer == 300)
            }
            let program = HTTPFields.bearer(token)
            for (method, uri) in [
                (HTTPRequest.Method.get, "/api/v1/webhooks"), (.post, "/api/v1/webhooks"), (.get, path),
                (.delete, path), (.get, path + "/deliveries"), (.post, path + "/test"),
            ] {
                let answer = try await server.send(method, uri, headers: program)
                #expect(answer.status == .forbidden && answer.error == "forbidden", "\(method) \(uri)")
            }
            #expect(try await server.snapshot() == before)
            // The same URL again is no change, and the rest takes no second factor.
            #expect(
                try await server.call(.patch, path, #"{"url":"https://hooks.example.com/x"}"#, by: ada).status == .ok)
            #expect(try await server.call(.patch, path, #"{"enabled":false}"#, by: ada).status == .ok)
        }
    }

    @Test("one call made twice with one key makes one webhook, and shows the same secret")
    func repeated() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let first = try await create(server, by: ada, key: "k")
            let second = try await create(server, by: ada, key: "k")
            #expect(first.text == second.text && first.status == .created)
            #expect(try await server.number("SELECT count(*) FROM webhooks") == 1)
        }
    }

    @Test("the mail about an endpoint that was switched off says which and why, escaped, and how to go on")
    func letter() throws {
        let mail = try Mail<WebhookLetter>(issuer: "https://id.example.com")
        let recipient = try #require(EmailAddress("ada@example.com"))
        let webhook = try #require(Webhook.ID("whk_0000000000001"))
        for reason in Webhook.DisabledReason.allCases {
            let message = mail.compose(
                WebhookLetter(
                    recipient: recipient, webhook: webhook, organization: "Acme <b>", host: "hooks.example.com",
                    reason: reason, failingSince: Instant(seconds: 1_800_000_000),
                    cause: "It answered 500.\r\nBcc: x <script>", link: "https://id.example.com/organization?id=org_1"))
            #expect(message.subject == "A webhook was switched off at id.example.com")
            for text in [message.text, message.html] {
                #expect(text.contains("hooks.example.com") && text.contains("Acme b"))
                #expect(text.contains("latchkey webhooks update whk_0000000000001 --enable"))
                #expect(text.contains("https://id.example.com/organization?id"))
            }
            #expect(message.text.contains("\nBcc") == false && message.html.contains("<script>") == false)
            #expect(message.text.contains("410") == (reason == .gone))
        }
    }
}
