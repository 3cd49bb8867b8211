import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// Webhooks at `/organization`, by forms alone.
struct WebhookPagesTests {
    private static let url = "https://hooks.example.com/a"

    /// Ada owns an organization; her browser has shown a second factor if it is said so.
    private struct Scene: Sendable {
        let server: TestServer
        let ada: TestBrowser
        let id: String

        init(_ server: TestServer, isProven: Bool = true) async throws {
            self.server = server
            ada = try await server.browser(signedInAs: "ada@example.org")
            id = try #require(try await server.organization(of: "ada@example.org"))
            if isProven { try await server.proveSessions() }
            _ = try await ada.get("/organization")
        }

        func make(_ url: String = WebhookPagesTests.url) async throws -> Answer {
            try await ada.post("/organization/webhooks", ["organization": id, "url": url, "choice": "all"])
        }

        /// A webhook that was made, and its secret.
        func made() async throws -> (id: String, secret: String) {
            let page = try await make()
            try #require(page.status == .ok, "\(page.text)")
            let secret = try #require(page.text.value(after: "whsec_")).prefix { $0 != "<" }
            let webhook = try #require(page.text.value(after: "/organization/webhook?organization=\(id)&amp;id="))
            return (webhook, String(secret))
        }

        func post(_ action: String, _ webhook: String, _ more: KeyValuePairs<String, String> = [:]) async throws
            -> Answer
        {
            let form = [("organization", id), ("id", webhook)] + more.map { ($0.key, $0.value) }
            return try await ada.postText(
                "/organization/webhooks/\(action)",
                (form + [("csrf", ada.formToken ?? "")]).map { "\(formEncoded($0.0))=\(formEncoded($0.1))" }
                    .joined(separator: "&"))
        }

        func page(of webhook: String) -> String { "/organization/webhook?organization=\(id)&id=\(webhook)" }
    }

    @Test("one is made, its secret shown once, tested, changed, switched off and on, rotated and deleted")
    func life() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            #expect(try await scene.ada.get("/organization").text.contains("New webhook"))
            let (id, secret) = try await scene.made()
            let list = try await scene.ada.get("/organization")
            #expect(list.text.contains(Self.url) && list.text.contains("Every event") && !list.text.contains(secret))

            let back = scene.page(of: id) + "&done="
            #expect(try await scene.post("test", id).headers[.location] == back + "test")
            let tested = try await scene.ada.get(back + "test")
            for word in ["A test message is on its way.", "webhook.test", "waiting", "0 attempts"] {
                #expect(tested.text.contains(word), "\(word)")
            }
            #expect(!tested.text.contains(secret))

            let events: KeyValuePairs = ["url": Self.url, "choice": "some", "event:API_TOKEN_ISSUED": "1"]
            #expect(try await scene.post("change", id, events).headers[.location] == back + "changed")
            #expect(try await scene.ada.get(scene.page(of: id)).text.contains(">API_TOKEN_ISSUED</span> </dd>"))

            #expect(try await scene.post("switch", id, ["enabled": "no"]).headers[.location] == back + "off")
            let off = try await scene.ada.get(scene.page(of: id))
            #expect(off.text.contains("by an admin") && !off.text.contains("Send a test message"))
            #expect(try await scene.post("test", id).status == .conflict)
            #expect(try await scene.post("switch", id, ["enabled": "yes"]).headers[.location] == back + "on")

            let rotated = try await scene.post("rotate", id, ["overlap": "3600"])
            #expect(
                rotated.status == .ok && rotated.text.contains("Messages are signed with the secret from before too"))
            #expect(rotated.text.contains("whsec_") && !rotated.text.contains(secret))

            #expect(try await scene.post("delete", id).text.contains("Delete this webhook?"))
            #expect(try await scene.ada.get(scene.page(of: id)).status == .ok, "it was only asked")
            let deleted = try await scene.post("delete", id, ["confirmed": "yes"])
            #expect(deleted.headers[.location] == "/organization?id=\(scene.id)&done=webhook-deleted#webhooks")
            #expect(try await scene.ada.get(scene.page(of: id)).status == .notFound)
        }
    }

    @Test("making, rotating and another URL ask for a second factor in place and go on with the code")
    func stepUp() async throws {
        try await withServer { server in
            let scene = try await Scene(server, isProven: false)
            let (app, _) = try await scene.ada.enrol()
            _ = try await scene.ada.get("/organization")
            let asked = try await scene.make()
            #expect(asked.status == .forbidden && asked.text.contains("To make a webhook"))
            #expect(asked.text.contains(Self.url), "the form is held")
            #expect(try await server.number("SELECT count(*) FROM webhooks") == 0)
            server.site.clock.advance(by: .seconds(60))
            let made = try await scene.ada.post(
                "/organization/webhooks",
                [
                    "organization": scene.id, "url": Self.url, "choice": "all",
                    "step_up_code": app.code(at: server.now),
                ])
            #expect(made.status == .ok && made.text.contains("whsec_"))
            let id = try #require(made.text.value(after: "/organization/webhook?organization=\(scene.id)&amp;id="))
            server.site.clock.advance(by: .seconds(301))
            let other: KeyValuePairs = ["url": "https://other.example.com/", "choice": "all"]
            #expect(try await scene.post("change", id, other).status == .forbidden)
            #expect(try await scene.post("rotate", id, ["overlap": "0"]).status == .forbidden)
            #expect(try await scene.post("change", id, ["url": Self.url, "choice": "all"]).status == .seeOther)
            #expect(try await scene.ada.get(scene.page(of: id)).text.contains(Self.url))
        }
    }

    @Test("what is wrong is told beside its field, and what was typed is kept")
    func faults() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            for (url, choice, event, told) in [
                ("http://hooks.example.com/", "all", "", "The URL must begin with https://."),
                ("https://10.0.0.1/", "all", "", "this is an address of some inner network"),
                ("https://hooks.example.com/", "some", "", "Tick at least one event"),
                ("https://hooks.example.com/", "some", "event:user.created", "Choose from these events."),
            ] {
                let form = "organization=\(scene.id)&url=\(formEncoded(url))&choice=\(choice)"
                let token = try #require(scene.ada.formToken)
                let answer = try await scene.ada.postText(
                    "/organization/webhooks", form + (event.isEmpty ? "" : "&\(event)=1") + "&csrf=\(token)")
                #expect(answer.status == .badRequest && answer.text.contains(told), "\(url) \(choice)")
                #expect(answer.text.contains("value=\"\(url)\""))
            }
            #expect(try await server.number("SELECT count(*) FROM webhooks") == 0)
        }
    }

    @Test("another organization's webhook is not there, and a member sees none of their own")
    func tenants() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let (id, _) = try await scene.made()
            let eve = try await server.browser(signedInAs: "eve@example.org")
            let own = try #require(try await server.organization(of: "eve@example.org"))
            try await server.proveSessions()
            _ = try await eve.get("/organization")
            let before = try await server.snapshot()
            for organization in [scene.id, own, "nonsense"] {
                let path = "/organization/webhook?organization=\(organization)&id=\(id)"
                #expect(try await eve.get(path).status == .notFound)
                for action in ["change", "switch", "rotate", "test", "replay", "delete"] {
                    let answer = try await eve.post(
                        "/organization/webhooks/\(action)",
                        [
                            "organization": organization, "id": id, "url": Self.url, "choice": "all", "overlap": "0",
                            "enabled": "no", "confirmed": "yes",
                        ])
                    #expect(answer.status == .notFound && !answer.text.contains(Self.url), "\(action) \(organization)")
                }
            }
            #expect(try await server.snapshot() == before)
        }
    }
}
