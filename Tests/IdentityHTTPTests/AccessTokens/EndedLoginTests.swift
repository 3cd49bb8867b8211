import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

@Suite("A login that is ended while a request is in flight", .enabled(if: (try? TestEngine.current) == .sqlite))
struct EndedLoginTests {
    /// A request, as it is made ready by someone who is signed in, and then sent.
    struct Late<Client: Sendable>: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let prepare: @Sendable (TestServer, Client) async throws -> @Sendable () async throws -> Answer

        init(
            _ name: String,
            _ prepare: @escaping @Sendable (TestServer, Client) async throws -> @Sendable () async throws -> Answer
        ) {
            (testDescription, self.prepare) = (name, prepare)
        }
    }

    /// What must be as it was.
    private func state(_ server: TestServer) async throws -> [String: Int64] {
        var state = try await server.snapshot(of: [
            "organizations", "memberships", "grants", "invitations", "recorded_answers", "outgoing_mail", "api_tokens",
            "webhooks", "passkeys", "recovery_codes",
        ])
        for ended in ["living grants", "living sessions"] { state[ended] = nil }
        state["apps"] = try await server.number("SELECT count(*) FROM totp_secrets WHERE state = 'confirmed'")
        state["approved"] = try await server.number(
            "SELECT count(*) FROM device_authorizations WHERE state = 'approved'")
        state["events"] = try await server.number(
            "SELECT count(*) FROM audit_events WHERE event NOT IN ('grant.revoked', 'session.ended')")
        return state
    }

    static let calls: [Late<Tokens>] = [
        call(.post, "/api/v1/tokens", #"{"label":"CI","access":"full"}"#),
        call(.post, "/api/v1/webhooks", #"{"url":"https://eve.example.com/","events":["*"]}"#),
        call(.post, "/api/v1/organizations", #"{"name":"Other"}"#),
        Late("rotate an API token") { server, ada in
            let path = try await server.mint(by: ada).path
            return { try await server.call(.post, path + "/rotate", "{}", by: ada) }
        },
        Late("invite") { server, ada in
            let (path, json) = (try server.path(of: ada) + "/invitations", #"{"email":"eve@e.org","role":"owner"}"#)
            return { try await server.call(.post, path, json, by: ada) }
        },
        Late("switch the organization") { server, ada in
            let json = #"{"organization":"\#(try ada.organization)"}"#
            return { try await server.call(.post, "/api/v1/auth/switch", json, by: ada) }
        },
        Late("confirm an app") { server, ada in
            let begun = try await server.call(.post, "/api/v1/auth/totp", "{}", by: ada)
            let app = try TestAuthenticator(secret: begun.string("secret"))
            let json = #"{"code":"\#(app.code(at: server.now))"}"#
            return { try await server.call(.post, "/api/v1/auth/totp/confirm", json, by: ada) }
        },
        Late("add a passkey") { server, ada in
            var key = try SoftwareAuthenticator()
            let made = key.register(try await server.creationOptions(by: ada))
            return { try await server.post("/api/v1/auth/passkey/register", made, headers: .bearer(ada.access)) }
        },
    ]

    private static func call(_ method: HTTPRequest.Method, _ path: String, _ json: String) -> Late<Tokens> {
        Late("\(method) \(path)") { server, ada in { try await server.call(method, path, json, by: ada, key: "once") } }
    }

    @Test("by access token: 401, as for any whose login is over, and nothing is left behind", arguments: calls)
    func bearer(late: Late<Tokens>) async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let request = try await late.prepare(server, ada)
            let before = try await state(server)
            let answer = try await server.endingLogins(of: try ada.user, request)
            let over = try await server.me(ada.access)
            #expect(answer.status == .unauthorized && answer.error == "invalid_token", "\(answer.text)")
            #expect(answer.message == over.message)
            #expect(answer.headers[.wwwAuthenticate] == over.headers[.wwwAuthenticate])
            #expect(try await state(server) == before)
            #expect(server.metric(#"latchkey_refusals_total{of="bearer",reason="ended"}"#) == "2")
        }
    }

    static let forms: [Late<TestBrowser>] = [
        Late("make an API token") { _, ada in
            let id = try await ada.organization
            return {
                try await ada.post(
                    "/organization/tokens", ["organization": id, "label": "CI", "access": "full", "lifetime": "7"])
            }
        },
        Late("make a webhook") { _, ada in
            let id = try await ada.organization
            return {
                try await ada.post(
                    "/organization/webhooks",
                    ["organization": id, "url": "https://eve.example.com/", "choice": "all"])
            }
        },
        Late("invite") { _, ada in
            let id = try await ada.organization
            return {
                try await ada.post(
                    "/organization/invitations", ["organization": id, "email": "eve@e.org", "role": "owner"])
            }
        },
        Late("confirm an app") { server, ada in
            let setup = try await ada.post("/account/totp")
            let key = try #require(setup.text.value(after: "secret=")?.prefix { $0 != "&" })
            let code = try TestAuthenticator(secret: String(key)).code(at: server.now)
            return { try await ada.post("/account/totp/confirm", ["code": code]) }
        },
        Late("add a passkey") { _, ada in
            _ = try await ada.get("/account/passkeys/new")
            var key = try SoftwareAuthenticator()
            let made = key.register(try await ada.options("/account/passkeys/challenge"))
            return { try await ada.send(made, to: "/account/passkeys") }
        },
        Late("let a device in") { server, ada in
            let device = try await server.device()
            let page = try await ada.open(device)
            let id = try #require(page.text.value(after: #"name="organization" value=""#))
            return {
                try await ada.post(
                    "/device/decision",
                    ["user_code": device.userCode, "decision": "approve", "organization": id])
            }
        },
    ]

    @Test("by a form: to the sign-in page, as for any whose session is over", arguments: forms)
    func session(late: Late<TestBrowser>) async throws {
        try await withServer { server in
            let tokens = try await server.admin()
            let ada = try await server.browser(signedInAs: "ada@example.org")
            try await server.proveSessions()
            let request = try await late.prepare(server, ada)
            let before = try await state(server)
            let answer = try await server.endingLogins(of: try tokens.user, request)
            #expect(answer.status == .seeOther && answer.headers[.location] == "/login", "\(answer.text)")
            #expect(try await state(server) == before)
            #expect(try await !ada.isSignedIn)
        }
    }

    @Test("the same requests are granted to who is still signed in")
    func alive() async throws {
        for late in Self.calls {
            try await withServer { server in
                let ada = try await server.admin()
                let request = try await late.prepare(server, ada)
                let before = try await state(server)
                let answer = try await request()
                #expect((200..<300).contains(answer.status.code), "\(late.testDescription) \(answer.text)")
                #expect(try await state(server) != before, "\(late.testDescription)")
            }
        }
        for late in Self.forms {
            try await withServer { server in
                _ = try await server.admin()
                let ada = try await server.browser(signedInAs: "ada@example.org")
                try await server.proveSessions()
                let request = try await late.prepare(server, ada)
                let before = try await state(server)
                let answer = try await request()
                #expect(answer.headers[.location] != "/login", "\(late.testDescription)")
                #expect(try await state(server) != before, "\(late.testDescription) \(answer.text)")
            }
        }
    }
}

extension TestBrowser {
    /// The identifier of the organization that its page shows, and the form token of that page.
    fileprivate var organization: String {
        get async throws {
            let page = try await get("/organization")
            return try #require(page.text.value(after: #"name="organization" value=""#))
        }
    }
}
