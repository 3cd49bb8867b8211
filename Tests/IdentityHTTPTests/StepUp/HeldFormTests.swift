import Database
import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

@testable import IdentityHTTP

/// A form that someone without a second factor has filled in, while they set one up.
struct HeldFormTests {
    /// Ada has no second factor, and has just sent the form for a token.
    private struct Scene: Sendable {
        let server: TestServer
        let ada: TestBrowser
        let id: String
        /// The page that says what to do first.
        let asked: Answer

        init(_ server: TestServer) async throws {
            self.server = server
            ada = try await server.browser(signedInAs: "ada@example.org")
            id = try #require(try await server.organization(of: "ada@example.org"))
            _ = try await server.provider.organizations.changePlan(
                of: try #require(Organization.ID(id)), to: .business, at: server.now, from: .server
            ).get()
            _ = try await ada.get("/organization")
            asked = try await ada.post(
                "/organization/tokens",
                [
                    "organization": id, "label": #"Import "><script>"#, "access": "custom", "scope:jobs:read": "1",
                    "resources": "projects=prj_1\r\nprojects=prj_2", "lifetime": "never",
                    "form_key": "AAAAAAAAAAAAAAAAAAAAAA",
                ])
            try #require(asked.status == .forbidden && asked.text.contains("Set up a second factor first"))
        }

        var held: String {
            get throws { try #require(asked.text.value(after: #"name="held_form" value=""#)) }
        }

        /// Sends the form that a page ends with, as it is there.
        func goOn(from page: Answer, with more: KeyValuePairs<String, String> = [:]) async throws -> Answer {
            let mark = #"<form class="under" method="post" action="/organization/tokens">"#
            let rest = try #require(page.text.split(separator: mark).dropFirst().first)
            let form = try #require(rest.split(separator: "</form>").first)
            let fields = form.split(separator: #"<input type="hidden" name=""#).dropFirst()
                .compactMap { field -> String? in
                    let name = field.prefix { $0 != "\"" }
                    guard let value = String(field).value(after: #"value=""#) else { return nil }
                    return "\(formEncoded(String(name)))=\(formEncoded(value.unescaped))"
                }
            let added = more.map { "\(formEncoded($0.key))=\(formEncoded($0.value))" }
            return try await ada.postText("/organization/tokens", (fields + added).joined(separator: "&"))
        }
    }

    private func label(_ server: TestServer) async throws -> String? {
        try await server.database.read { try $0.row("SELECT label FROM api_tokens")?.text(0) }
    }

    @Test("it goes along while an authenticator app is set up, also past a wrong code, and makes the token at the end")
    func app() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            #expect(!scene.asked.text.contains("<script>\""), "escaped")
            let held = try scene.held
            let setup = try await scene.ada.post("/account/totp", ["held_form": held])
            #expect(setup.text.contains(#"name="held_form" value="\#(held)""#))
            let key = try #require(setup.text.value(after: "secret=")?.prefix { $0 != "&" })
            let app = try TestAuthenticator(secret: String(key))
            let wrong = try await scene.ada.post("/account/totp/confirm", ["code": "000000", "held_form": held])
            #expect(wrong.status == .badRequest && wrong.text.contains(#"name="held_form" value="\#(held)""#))
            let kept = try await scene.ada.post(
                "/account/totp/confirm", ["code": app.code(at: server.now), "held_form": held])
            #expect(kept.status == .ok && kept.text.contains("Keep your recovery codes"))
            #expect(kept.text.contains("Import &quot;&gt;&lt;script&gt;"))
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 0, "nothing is done yet")
            server.site.clock.advance(by: .seconds(30))
            let confirm = try await scene.goOn(from: kept)
            #expect(confirm.status == .forbidden && confirm.text.contains("To make an API token"))
            let made = try await scene.goOn(from: kept, with: ["step_up_code": app.code(at: server.now)])
            #expect(made.status == .ok && made.text.contains("Copy your API token now"), "\(made.text)")
            #expect(try await label(server) == #"Import "><script>"#)
            let list = try await scene.ada.get("/organization")
            #expect(list.text.contains("projects: prj_1, prj_2") && list.text.contains("jobs:read"))
            let again = try await scene.goOn(from: kept)
            #expect(again.text.contains("Copy your API token now"), "its key went along too")
            #expect(try await server.number("SELECT count(*) FROM api_tokens") == 1)
        }
    }

    @Test("it goes along while a passkey is made, also past a refused name")
    func passkey() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            let held = try scene.held
            let offer = try await scene.ada.post("/account/passkeys/new", ["held_form": held])
            #expect(offer.status == .ok && offer.text.contains(#"name="held_form" value="\#(held)""#))
            var key = try SoftwareAuthenticator()
            let options = try await scene.ada.options("/account/passkeys/challenge")
            let credential = String(decoding: key.register(options).serialized(), as: UTF8.self)
            let unnamed = try await scene.ada.post(
                "/account/passkeys", ["credential": credential, "name": "\u{1}", "held_form": held])
            #expect(unnamed.status == .badRequest && unnamed.text.contains(#"name="held_form" value="\#(held)""#))
            let added = try await scene.ada.post("/account/passkeys", ["credential": credential, "held_form": held])
            #expect(added.status == .ok && added.text.contains("Your passkey was added"))
            try await scene.ada.stepUp(by: key)
            let made = try await scene.goOn(from: added)
            #expect(made.status == .ok && made.text.contains("Copy your API token now"), "\(made.text)")
            #expect(try await label(server) == #"Import "><script>"#)
        }
    }

    @Test("who has a second factor already shows it before they make a passkey on the way")
    func proven() async throws {
        try await withServer { server in
            let scene = try await Scene(server)
            _ = try await scene.ada.enrol()
            _ = try await scene.ada.get("/account")
            let asked = try await scene.ada.post("/account/passkeys/new", ["held_form": try scene.held])
            #expect(asked.status == .forbidden && asked.text.contains("To add a passkey"))
        }
    }

    @Test(
        "what is no form that waits is refused, and nothing is begun",
        arguments: [
            "x", "e30", Base64URL.encode(Array(#"{"action":"/logout","fields":{}}"#.utf8)),
            Base64URL.encode(Array(#"{"action":"https://evil.example/","fields":{}}"#.utf8)),
            Base64URL.encode(Array(#"{"action":"javascript:alert(1)","fields":{}}"#.utf8)),
            Base64URL.encode(Array(#"{"action":"/organization/tokens","fields":{"label":1}}"#.utf8)),
            Base64URL.encode(Array(#"{"action":"/organization/tokens/revoke","fields":{}}"#.utf8)),
        ])
    func forged(text: String) async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            _ = try await browser.get("/account")
            let before = try await server.snapshot()
            for path in ["/account/totp", "/account/totp/confirm", "/account/passkeys/new"] {
                let answer = try await browser.post(path, ["held_form": text, "code": "123456"])
                #expect(answer.status == .badRequest && answer.text.contains("held_form"), "\(path)")
                #expect(!answer.text.contains("evil") && !answer.text.contains("javascript:"))
            }
            #expect(try await server.snapshot() == before)
        }
    }
}

extension String {
    /// As a browser reads an attribute.
    fileprivate var unescaped: String {
        replacing("&quot;", with: "\"").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&#13;", with: "\r").replacing("&#10;", with: "\n").replacing("&amp;", with: "&")
    }
}
