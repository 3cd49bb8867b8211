import HTTPTypes
import Identity
import JOSE
import Testing

/// The device flow as it should go (RFC 8628), in both dialects.
struct DeviceFlowTests {
    @Test("a device is given its codes, a person lets it in, and it collects its tokens: JSON")
    func json() async throws {
        try await withServer { server in
            let asked = try await server.post("/api/v1/auth/device", jsonText: "")
            #expect(asked.status == .ok && asked.headers[.cacheControl] == "no-store")
            try expectCodes(asked)
            let device = try WaitingDevice(asked)
            let pending = try await server.poll(device)
            #expect(pending.status == .badRequest && pending.error == "authorization_pending")
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let done = try await browser.approve(device)
            #expect(done.status == .ok)
            let answer = try await server.poll(device)
            let tokens = try Tokens(answer)
            #expect(try answer.json["expires_in"]?.integer == 14_400)
            #expect(try answer.string("token_type") == "Bearer")
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(try tokens.claims["client_id"]?.string == "latchkey-cli")
            #expect(try tokens.claims["aud"]?.string == "https://id.example.com")
            #expect(try await server.events(.deviceAuthorizationRequested) == 1)
            #expect(try await server.events(.deviceAuthorizationApproved) == 1)
            #expect(try await server.events(.grantIssued) == 1)
        }
    }

    @Test("the same by forms, with scopes and a resource")
    func forms() async throws {
        try await withServer { server in
            let asked = try await server.post(
                "/oauth/device_authorization",
                form: [
                    "client_id": "latchkey-cli", "scope": "jobs:read jobs:write",
                    "resource": "https://api.crewkeel.example",
                ])
            try expectCodes(asked)
            let device = try WaitingDevice(asked)
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let page = try await browser.open(device)
            #expect(page.text.contains("jobs:write") && page.text.contains("Latchkey command line"))
            _ = try await browser.approve(device)
            let tokens = try Tokens(try await server.poll(device, as: "latchkey-cli"))
            #expect(tokens.scope == "jobs:read jobs:write")
            #expect(try tokens.claims["aud"]?.string == "https://api.crewkeel.example")
            #expect(try tokens.claims["amr"]?.strings == ["email"])
        }
    }

    private func expectCodes(_ answer: Answer) throws {
        let code = try answer.string("user_code")
        #expect(code.utf8.count == 9 && Array(code)[4] == "-")
        #expect(code.allSatisfy { "BCDFGHJKLMNPQRSTVWXZ-".contains($0) })
        #expect(try answer.string("verification_uri") == "https://id.example.com/device")
        #expect(try answer.string("verification_uri_complete") == "https://id.example.com/device?user_code=\(code)")
        #expect(try answer.json["expires_in"]?.integer == 600)
        #expect(try answer.json["interval"]?.integer == 5)
        #expect(try answer.string("device_code").utf8.count >= 43)
    }

    @Test("an organization that the device asks for is the only one it can be let into")
    func organization() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let first = try #require(try await server.organization(of: "ada@example.org"))
            let user = try #require(try await server.user("ada@example.org"))
            let second = try await server.provider.organizations.create(
                name: "Second", slug: "second", owner: user.id, at: server.now, from: .server)
            let device = try await server.device(["organization": "second"])
            _ = try await browser.open(device)
            #expect(try await browser.decide("approve", device, in: first).status == .badRequest)
            #expect(try await browser.decide("approve", device, in: second.description).status == .ok)
            #expect(try Tokens(try await server.poll(device)).organization == second)
        }
    }

    @Test(
        "user codes are read in any case and with any spaces",
        arguments: [
            "bcdf-ghjk", "BCDFGHJK", " bcdf ghjk ", "B C D F-G H J K", "bcdf.ghjk",
        ])
    func userCodes(_ typed: String) {
        #expect(UserCode(typed)?.description == "BCDF-GHJK")
    }

    @Test(
        "what is no user code counts as a wrong one",
        arguments: [
            "", "ABCD-EFGH", "BCDF-GHJ", "BCDF-GHJKL", "BCDF-GHJ1", "ＢＣＤＦ-GHJK", "BCDF\u{0}GHJK",
        ])
    func noUserCodes(_ typed: String) async throws {
        #expect(UserCode(typed) == nil)
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            _ = try await browser.get("/device")
            #expect(try await browser.post("/device", ["user_code": typed]).status == .badRequest)
            #expect(try await server.number("SELECT max(wrong_user_codes) FROM sessions") == 1)
        }
    }
}
