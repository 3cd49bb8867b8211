import HTTPTypes
import Identity
import JOSE
import Testing

/// Every secret of ours in every place where another kind is due (CVE-2026-101023, CVE-2026-110862).
struct TokenKindTests {
    /// Where a secret can be shown, and what shows that it was taken.
    private struct Place: Sendable {
        let name: String
        let takes: String
        let show: @Sendable (TestServer, String) async throws -> Bool
    }

    private static let places = [
        Place(name: "JSON refresh", takes: "refresh token") { server, secret in
            try await server.refresh(secret).status == .ok
        },
        Place(name: "form refresh", takes: "refresh token") { server, secret in
            try await server.refresh(secret, as: Client.commandLine).status == .ok
        },
        Place(name: "JSON poll", takes: "device code") { server, secret in
            let answer = try await server.post("/api/v1/auth/token", json: ["device_code": secret])
            return answer.error != "invalid_grant"
        },
        Place(name: "form poll", takes: "device code") { server, secret in
            let answer = try await server.post(
                "/oauth/token",
                form: [
                    "grant_type": Client.GrantType.deviceCode.rawValue, "device_code": secret,
                    "client_id": Client.commandLine,
                ])
            return answer.error != "invalid_grant"
        },
        Place(name: "link", takes: "link token") { server, secret in
            try await server.post("/api/v1/auth/magic_link/verify", json: ["token": secret]).status == .ok
        },
        Place(name: "code", takes: "six digits") { server, secret in
            try await server.post(
                "/api/v1/auth/magic_link/verify", json: ["email": "bob@example.org", "code": secret]
            ).status == .ok
        },
        Place(name: "bearer", takes: "access token") { server, secret in
            try await server.me(secret).status == .ok
        },
        Place(name: "exchange", takes: "API token") { server, secret in
            try await server.exchange(secret).status == .ok
        },
        Place(name: "cookie", takes: "cookie") { server, secret in
            try await server.get("/account", headers: [.cookie: "__Host-latchkey=\(secret)"]).status == .ok
        },
    ]

    @Test("a secret of one kind is refused wherever another kind is due, and afterwards is still good for its own")
    func everyPair() async throws {
        try await withServer { server in
            let login = try await server.login("ada@example.org")
            let device = try await server.device()
            let browser = try await server.browser(signedInAs: "eve@example.org")
            let link = try await server.magicLink("bob@example.org")
            let apiToken = try await server.mint(by: try await server.admin("flo@example.org")).secret
            let secrets = [
                "API token": apiToken, "refresh token": login.refresh, "access token": login.access,
                "device code": device.deviceCode,
                "user code": device.userCode, "link token": try link.token, "six digits": try link.code,
                "cookie": try browser.cookie, "form token": try #require(browser.formToken),
            ]
            // Four wrong codes are left to a link; so its code is shown to the other places only.
            for (kind, secret) in secrets {
                for place in Self.places where place.takes != kind && place.name != "code" {
                    #expect(try await !place.show(server, secret), "\(kind) as \(place.name)")
                }
            }
            for kind in ["refresh token", "device code", "cookie", "API token"] {
                let place = try #require(Self.places.first { $0.name == "code" })
                #expect(try await !place.show(server, try #require(secrets[kind])), "\(kind) as code")
            }
            for name in ["JSON poll", "code", "bearer", "cookie", "JSON refresh", "exchange"] {
                let place = try #require(Self.places.first { $0.name == name })
                #expect(try await place.show(server, try #require(secrets[place.takes])), "\(name)")
            }
        }
    }

    @Test("a link that a browser asked for gives no tokens, and one that an application asked for signs no browser in")
    func linksOfAnotherAsker() async throws {
        try await withServer { server in
            let browser = TestBrowser(server)
            let mail = try await browser.askForLink("ada@example.org")
            let asToken = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token])
            #expect(asToken.status == .badRequest && asToken.error == "invalid_grant")
            let asCode = try await server.post(
                "/api/v1/auth/magic_link/verify", json: ["email": "ada@example.org", "code": mail.code])
            #expect(asCode.error == "invalid_grant")
            #expect(try await server.livingGrants() == 0)
            #expect(try await browser.post("/login/code", ["code": mail.code]).status == .seeOther)

            let other = try await server.magicLink("bob@example.org")
            _ = try await browser.get("/magic-link")
            let spent = try await browser.post("/magic-link", ["token": other.token])
            #expect(spent.status == .badRequest)
            #expect(try await server.number("SELECT count(*) FROM sessions") == 1)
            let tokens = try await server.post("/api/v1/auth/magic_link/verify", json: ["token": other.token])
            #expect(tokens.status == .ok)
        }
    }
}
