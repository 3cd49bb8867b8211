import HTTPTypes
import Identity
import JOSE
import TestAuthenticators
import Testing

/// Approving a device of a client that demands a second factor, with what the page sends.
struct DeviceStepUpTests {
    private let client = "vault"

    private func device(_ server: TestServer) async throws -> WaitingDevice {
        try await server.register(client) { $0.stepUp = .always }
        return try await server.device(["client_id": client])
    }

    @Test("the page asks for a code, and what was approved goes on after it")
    func code() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let (app, _) = try await browser.enrol()
            let device = try await device(server)
            let asked = try await browser.approve(device)
            #expect(
                asked.status == .forbidden && asked.text.contains("To let this device in, show your second factor."))
            #expect(asked.text.contains(#"name="user_code" value="\#(device.userCode)""#))
            let organization = try #require(asked.text.value(after: #"name="organization" value=""#))
            func send(_ code: String) async throws -> Answer {
                try await browser.post(
                    "/device/decision",
                    [
                        "user_code": device.userCode, "decision": "approve", "organization": organization,
                        "step_up_code": code,
                    ])
            }
            #expect(try await send(app.wrongCode(at: server.now)).status == .badRequest)
            #expect(try await server.deviceStates() == ["pending"])
            #expect(try await server.poll(device, as: client).error == "authorization_pending")
            let done = try await send(app.code(at: server.now))
            #expect(done.status == .ok && done.text.contains("is signed in"))
            server.site.clock.advance(by: .seconds(10))
            let tokens = try Tokens(try await server.poll(device, as: client))
            #expect(try tokens.claims["amr"]?.strings == ["email", "otp", "mfa"])
        }
    }

    @Test("a passkey is taken where the code would be, its answer good for this browser alone")
    func passkey() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            var key = try SoftwareAuthenticator()
            #expect(try await browser.addPasskey(&key).status == .seeOther)
            let other = try await server.browser(signedInAs: "ada@example.org")
            _ = try await other.get("/device")
            let theirs = try key.authenticate(try await other.options("/step-up/passkey/challenge"))
            let device = try await device(server)
            let asked = try await browser.approve(device)
            #expect(asked.status == .forbidden && asked.text.contains(#"action="/device/decision""#))
            let organization = try #require(asked.text.value(after: #"name="organization" value=""#))
            func send(_ credential: JSONValue) async throws -> Answer {
                try await browser.post(
                    "/device/decision",
                    [
                        "user_code": device.userCode, "decision": "approve", "organization": organization,
                        "step_up_credential": String(decoding: credential.serialized(), as: UTF8.self),
                    ])
            }
            #expect(try await send(theirs).status == .badRequest)
            #expect(try await server.deviceStates() == ["pending"])
            let response = try key.authenticate(try await browser.options("/step-up/passkey/challenge"))
            #expect(try await send(response).status == .ok)
            #expect(try await server.deviceStates() == ["approved"])
        }
    }

    @Test("who has no second factor is told to set one up, and a proof of six minutes ago is none")
    func refused() async throws {
        try await withServer { server in
            let browser = try await server.browser(signedInAs: "ada@example.org")
            let device = try await device(server)
            let asked = try await browser.approve(device)
            #expect(asked.status == .forbidden && asked.text.contains("Set up a second factor first"))
            #expect(try await server.deviceStates() == ["pending"])
            var key = try SoftwareAuthenticator()
            _ = try await browser.addPasskey(&key)
            try await browser.stepUp(by: key)
            server.site.clock.advance(by: .seconds(301))
            #expect(try await browser.approve(device).status == .forbidden)
            #expect(try await server.deviceStates() == ["pending"])
            try await browser.stepUp(by: key)
            #expect(try await browser.approve(device).status == .ok)
        }
    }
}
