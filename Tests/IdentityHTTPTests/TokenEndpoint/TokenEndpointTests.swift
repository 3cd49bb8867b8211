import HTTPTypes
import Identity
import JOSE
import Testing

/// `/oauth/token` and the other endpoints of clients: errors of RFC 6749 §5.2.
struct TokenEndpointTests {
    @Test(
        "a request that is not one is invalid_request",
        arguments: [
            "", "grant_type=", "client_id=latchkey-cli", "grant_type=refresh_token&grant_type=refresh_token",
            "grant_type=refresh_token&refresh_token=a&refresh_token=b&client_id=latchkey-cli",
            "grant_type=refresh_token&refresh_token=a&refresh%5Ftoken=b&client_id=latchkey-cli",
            "grant_type=refresh_token&client_id=latchkey-cli&client_id=latchkey-cli&refresh_token=x",
            "grant_type=refresh_token&client_id=latchkey-cli",
            "grant_type=refresh_token&client_id=latchkey-cli&refresh_token=",
            "grant_type=%zz", "grant_type=%f", "grant_type=%ff%fe", "%=x",
        ])
    func invalidRequest(_ text: String) async throws {
        try await withServer { server in
            let answer = try await server.post("/oauth/token", formText: text)
            #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(answer.text)")
            #expect(try answer.json.members.map(\.name) == ["error", "error_description"])
        }
    }

    @Test("a grant type that is unknown, or not the client's, is refused by its own word")
    func grantTypes() async throws {
        try await withServer { server in
            for type in ["password", "client_credentials", "authorization_code", "Refresh_Token", "magic_link"] {
                let answer = try await server.post(
                    "/oauth/token", form: ["grant_type": type, "client_id": Client.commandLine])
                #expect(answer.status == .badRequest && answer.error == "unsupported_grant_type", "\(type)")
            }
            try await server.register("mail-only") { $0.grantTypes = [.magicLink] }
            let mail = try await server.magicLinkOf(client: "mail-only")
            let login = try Tokens(try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token]))
            let refresh = try await server.refresh(login.refresh, as: "mail-only")
            #expect(refresh.status == .badRequest && refresh.error == "unauthorized_client")
            #expect(try await server.refresh(login.refresh).error == "unauthorized_client")
            let device = try await server.post("/oauth/device_authorization", form: ["client_id": "mail-only"])
            #expect(device.error == "unauthorized_client")
            try await server.register("device-only") { $0.grantTypes = [.deviceCode, .refreshToken] }
            let asked = try await server.post(
                "/api/v1/auth/magic_link", json: ["email": "ada@example.org", "client_id": "device-only"])
            #expect(asked.error == "unauthorized_client")
        }
    }

    @Test(
        "a client that is unknown, disabled, without or with a wrong secret is 401 with WWW-Authenticate",
        arguments: [
            "/oauth/token", "/oauth/device_authorization", "/oauth/revoke", "/oauth/introspect",
        ])
    func invalidClient(_ path: String) async throws {
        try await withServer { server in
            try await server.register("vault", secret: "open sesame")
            let disabled = try await server.register("off")
            try await server.provider.clients.setDisabled(true, disabled, at: server.now, from: .server)
            let rest = "&grant_type=refresh_token&refresh_token=x&token=x"
            let requests: [(String, HTTPFields)] = [
                ("", [:]), ("client_id=nobody", [:]), ("client_id=off", [:]), ("client_id=vault", [:]),
                ("client_id=vault&client_secret=wrong", [:]), ("client_id=latchkey-cli&client_secret=x", [:]),
                ("", .basic("vault", "wrong")), ("", .basic("nobody", "x")), ("", .basic("latchkey-cli", "")),
                ("", .basic("vault", "open sesame ")), ("", .basic("VAULT", "open sesame")),
                ("", [.authorization: "Basic !!!"]), ("", [.authorization: "Basic dmF1bHQ="]),
            ]
            for (text, headers) in requests {
                let answer = try await server.post(path, formText: text + rest, headers: headers)
                #expect(answer.status == .unauthorized && answer.error == "invalid_client", "\(text) \(headers)")
                #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Basic realm=") == true)
                #expect(answer.headers[.cacheControl] == "no-store")
            }
        }
    }

    @Test("two ways to authenticate at once, or two names, are invalid_request")
    func twoWays() async throws {
        try await withServer { server in
            try await server.register("vault", secret: "open sesame")
            let rest = "grant_type=refresh_token&refresh_token=x"
            for text in ["client_secret=open%20sesame&", "client_id=latchkey-cli&", "client_id=vault&client_secret=x&"]
            {
                let answer = try await server.post(
                    "/oauth/token", formText: text + rest, headers: .basic("vault", "open sesame"))
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(text)")
            }
        }
    }

    @Test("secrets of any characters pass by either way, form-encoded first (RFC 6749 §2.3.1)")
    func oddSecrets() async throws {
        try await withServer { server in
            for (index, secret) in ["a:b", "a+b c%20", "ü€😀", "&=?/", "\u{0}x"].enumerated() {
                let name = "odd:client \(index)"
                try await server.register(name, secret: secret)
                let basic = try await server.post(
                    "/oauth/introspect", form: ["token": "x"], headers: .basic(name, secret))
                #expect(basic.text == #"{"active":false}"#, "\(secret)")
                let body = try await server.post(
                    "/oauth/introspect", form: ["token": "x", "client_id": name, "client_secret": secret])
                #expect(body.text == #"{"active":false}"#, "\(secret)")
            }
        }
    }

    @Test("error descriptions hold only the characters of RFC 6749 §5.2, whatever was sent")
    func descriptions() async throws {
        try await withServer { server in
            let hostile = "\"\\<script>é\u{0}\r\nSet-Cookie: x"
            for form: KeyValuePairs<String, String> in [
                ["grant_type": hostile, "client_id": Client.commandLine],
                [hostile: "a", "grant_type": "refresh_token", "refresh_token": "x", "client_id": "latchkey-cli"],
                ["grant_type": "refresh_token", "refresh_token": hostile, "client_id": hostile],
                ["grant_type": "refresh_token", "refresh_token": "x", "client_id": "latchkey-cli", "scope": hostile],
            ] {
                let answer = try await server.post("/oauth/token", form: form)
                try expectPlain(answer)
            }
            let twice = formEncoded(hostile) + "=1&" + formEncoded(hostile) + "=2"
            try expectPlain(try await server.post("/oauth/token", formText: twice))
        }
    }

    private func expectPlain(_ answer: Answer) throws {
        #expect(answer.status.code >= 400 && answer.status.code < 500)
        let description = try #require(answer.message)
        #expect(
            description.utf8.allSatisfy {
                (0x20...0x21).contains($0) || (0x23...0x5B).contains($0) || (0x5D...0x7E).contains($0)
            }, "\(description)")
        #expect(answer.headers[.setCookie] == nil)
    }
}
