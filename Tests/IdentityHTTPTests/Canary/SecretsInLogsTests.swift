import Database
import HTTPTypes
import Identity
import JOSE
import Testing

/// security.md: canary secrets run through every flow, and are looked for where they must not be.
struct SecretsInLogsTests {
    /// Everything that was given out in the flows, by name.
    private typealias Secrets = [(name: String, text: String)]

    @Test(
        "no token, code, link, cookie or key of any flow is in the log at any level, the audit, an error, or any text column"
    )
    func canaries() async throws {
        let site = try TestSite()
        let (secrets, metrics) = try await site.result { server in
            (try await Self.runEverything(server), server.metricsText)
        }
        #expect(metrics.contains("reason=\"reused\"} "))
        try await site.run { server in
            _ = try await server.provider.audit.seal()
            let rows = try await server.allText()
            let audit = try await server.text(of: "audit_events")
            #expect(audit.contains("magic_link.requested") && audit.contains("refresh_token.reuse"))
            #expect(audit.contains("API_TOKEN_ROTATED") && audit.contains("API_TOKEN_USED"))
            #expect(server.site.log.text.contains("A request failed"))
            for (name, text) in secrets {
                #expect(!server.site.log.text.containsWord(text), "\(name) is in the log")
                #expect(!audit.containsWord(text), "\(name) is in the audit")
                if text.utf8.count > 8 { #expect(!metrics.contains(text), "\(name) is in the metrics") }
                if text.utf8.count > 8 { #expect(!rows.contains(text), "\(name) is in the database") }
            }
        }
    }

    private static func runEverything(_ server: TestServer) async throws -> Secrets {
        let master = server.site.master
        var secrets: Secrets = [
            ("master key in base64", master.base64), ("master key in base64url", Base64URL.encode(master)),
            (
                "master key in hex",
                master.map { byte in
                    (byte < 16 ? "0" : "") + String(byte, radix: 16)
                }.joined()
            ),
            ("master key as a list", "\(master)".filter { $0 != "[" && $0 != "]" }),
            ("client secret", "canary client secret"), ("idempotency key", "canary-idempotency-key"),
        ]
        let mail = try await server.magicLink("ada@example.org")
        secrets += [("link token", try mail.token), ("code", try mail.code)]
        let login = try Tokens(try await server.post("/api/v1/auth/magic_link/verify", json: ["token": mail.token]))
        let next = try Tokens(try await server.refresh(login.refresh, idempotencyKey: "canary-idempotency-key"))
        _ = try await server.refresh(login.refresh, idempotencyKey: "canary-idempotency-key")
        let browser = TestBrowser(server)
        let second = try await browser.askForLink("ada@example.org")
        secrets += [("cookie before", try browser.cookie), ("form token before", try #require(browser.formToken))]
        _ = try await browser.post("/login/code", ["code": second.wrongCode])
        _ = try await browser.post("/login/code", ["code": second.code])
        _ = try await browser.get("/account")
        secrets += [("cookie", try browser.cookie), ("form token", try #require(browser.formToken))]
        secrets += [("link token 2", try second.token), ("code 2", try second.code)]
        let device = try await server.device()
        _ = try await server.poll(device)
        _ = try await browser.approve(device)
        let deviceLogin = try Tokens(try await server.poll(device))
        secrets += [("device code", device.deviceCode), ("user code", device.userCode)]
        try await server.register("vault", secret: "canary client secret")
        _ = try await server.post(
            "/oauth/introspect", form: ["token": next.access], headers: .basic("vault", "canary client secret"))
        let switched = try Tokens(
            try await server.post(
                "/api/v1/auth/switch", json: ["organization": next.organization.description],
                headers: .bearer(next.access)))
        let (app, recoveryCodes) = try await server.enrol(next)
        let code = app.code(at: server.now)
        for code in [app.wrongCode(at: server.now), code] { _ = try await server.stepUp(code, by: next) }
        _ = try await server.stepUp(recoveryCodes[0], "recovery_code", by: next)
        secrets += [("app secret", app.secret), ("app code", code)]
        secrets += recoveryCodes.map { ("recovery code", $0) }
        for (name, tokens) in [("first", login), ("next", next), ("device", deviceLogin), ("switched", switched)] {
            secrets += [("\(name) access token", tokens.access), ("\(name) refresh token", tokens.refresh)]
            secrets += [("\(name) access signature", String(tokens.access.split(separator: ".").last ?? "?"))]
            secrets += [
                ("\(name) refresh code", String(tokens.refresh.split(separator: "_", maxSplits: 3).last ?? "?"))
            ]
        }
        secrets += try await apiTokens(next, server)
        secrets += try await resourceServer(next, server)
        secrets.append(("invitation", try await server.invitation("grace@example.org", by: next)))
        _ = try await server.refresh(login.refresh)
        try await misuse(server, secrets, browser)
        return secrets
    }

    /// An API token through its life: each of its secrets, and what it was exchanged for.
    private static func apiTokens(_ login: Tokens, _ server: TestServer) async throws -> Secrets {
        try await server.put(login, on: .business)
        try await server.prove(login)
        try await server.registerResourceServer()
        let minted = try await server.mint(by: login, key: "canary-idempotency-key-2")
        let path = try minted.path
        let rotated = MintedToken(
            answer: try await server.call(.post, path + "/rotate", #"{"overlap":600}"#, by: login, key: "rotate"))
        let exchanged = try await server.exchange(try rotated.secret).string("access_token")
        for token in [try minted.secret, try rotated.secret] {
            _ = try await server.get("/api/v1/me", headers: .bearer(token))
            _ = try await server.introspect(token)
        }
        try await server.provider.apiTokens.flushUses()
        _ = try await server.call(.get, path + "/usage", by: login)
        _ = try await server.call(.delete, path, by: login)
        return [
            ("API token", try minted.secret), ("secret of it", String(try minted.secret.dropFirst(19).prefix(43))),
            ("rotated API token", try rotated.secret), ("exchanged JWT", exchanged),
            ("its secret", String(try rotated.secret.dropFirst(19).prefix(43))),
        ]
    }

    /// What an API introspects with: used, rotated, and the first shown once more.
    private static func resourceServer(_ login: Tokens, _ server: TestServer) async throws -> Secrets {
        let registry = ResourceServerRegistry(database: server.database)
        var secrets: Secrets = []
        for name in ["secret of an API", "rotated secret of an API"] {
            let given = try #require(
                try await registry.rotateSecret(
                    of: "https://api.crewkeel.example", keys: server.provider.keys, at: server.now))
            secrets.append((name, given.secret))
            for (_, secret) in secrets {
                _ = try await server.post(
                    "/oauth/introspect", form: ["token": login.access], headers: .basic(given.clientID, secret))
            }
        }
        return secrets
    }

    /// Every secret in every wrong place; then all of it again while the storage fails, which is what is logged.
    private static func misuse(_ server: TestServer, _ secrets: Secrets, _ browser: TestBrowser) async throws {
        func showEverywhere(_ name: String, _ secret: String) async throws {
            var answers: [Answer] = []
            answers.append(try await server.refresh(secret))
            answers.append(try await server.refresh(secret, as: Client.commandLine))
            answers.append(try await server.refresh("x", as: secret))
            answers.append(try await server.post("/api/v1/auth/token", json: ["device_code": secret]))
            answers.append(try await server.post("/api/v1/auth/magic_link/verify", json: ["token": secret]))
            answers.append(try await server.verify("ada@example.org", secret))
            answers.append(try await server.me(secret))
            answers.append(try await server.get("/api/v1/me", headers: .bearer(secret)))
            answers.append(try await server.get("/api/v1/tokens/\(formEncoded(secret))", headers: .bearer(secret)))
            answers.append(try await server.exchange(secret))
            answers.append(try await server.get("/account", headers: [.cookie: "__Host-latchkey=\(secret)"]))
            answers.append(
                try await server.post("/oauth/revoke", form: ["token": secret, "client_id": "latchkey-cli"]))
            answers.append(
                try await server.post("/oauth/introspect", form: ["token": secret], headers: .bearer(secret)))
            answers.append(
                try await server.post("/oauth/introspect", form: ["token": secret], headers: .basic("vault", secret)))
            answers.append(try await browser.post("/device", ["user_code": secret]))
            answers.append(try await browser.post("/step-up", ["step_up_code": secret]))
            answers.append(try await browser.post("/magic-link/open", ["token": secret]))
            answers.append(try await browser.post("/magic-link", ["token": secret, "match": secret]))
            // Six digits stand inside of ids and times by chance; a form token belongs in the forms of its browser.
            guard secret.utf8.count > 8, name != "form token" else { return }
            for answer in answers where answer.status.code >= 400 {
                #expect(!answer.text.contains(secret), "\(name) is in the body of an error: \(answer.text)")
                #expect(!"\(answer.headers)".contains(secret), "\(name) is in the head of an error")
            }
        }
        for secret in secrets { try await showEverywhere(secret.name, secret.text) }
        try await server.database.close()
        for secret in secrets { try await showEverywhere(secret.name, secret.text) }
    }
}

extension TestServer {
    /// Every text and blob of a table, blobs as base64url and as they are.
    fileprivate func text(of table: String) async throws -> String {
        let columns = try await columns(of: table)
        return try await database.read { transaction in
            var texts: [String] = []
            for column in columns {
                for row in try transaction.rows("SELECT \(column) FROM \(table)") {
                    if let text = try? row.text(0) { texts.append(text) }
                    if let blob = try? row.blob(0) {
                        texts.append(Base64URL.encode(blob))
                        texts.append(String(decoding: blob, as: UTF8.self))
                    }
                }
            }
            return texts.joined(separator: "\n")
        }
    }

    fileprivate func allText() async throws -> String {
        var texts: [String] = []
        for table in Self.tables { texts.append(try await text(of: table)) }
        return texts.joined(separator: "\n")
    }
}

extension String {
    /// Whether a secret stands here. Six digits are found inside of long numbers by chance, so they must stand alone.
    fileprivate func containsWord(_ secret: String) -> Bool {
        guard secret.utf8.count <= 8 else { return contains(secret) }
        return split { !$0.isLetter && !$0.isNumber }.contains { $0 == secret }
    }
}
