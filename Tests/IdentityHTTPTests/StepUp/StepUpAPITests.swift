import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// Authenticator apps and step-up through the API: shapes, codes, and what is in the database afterwards.
struct StepUpAPITests {
    private func members(_ object: JSONObject?) -> [String] { (object?.members ?? []).map(\.name) }

    @Test("an app is set up, confirmed, shown and removed; the answers are those of the contract")
    func life() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let begun = try await server.call(.post, "/api/v1/auth/totp", by: ada)
            #expect(begun.status == .created && begun.headers[.cacheControl] == "no-store")
            #expect(members(try begun.json) == ["secret", "otpauth_uri"])
            let secret = try begun.string("secret")
            #expect(
                try begun.string("otpauth_uri") == """
                    otpauth://totp/id.example.com:ada%40example.org?secret=\(secret)&issuer=id.example.com\
                    &algorithm=SHA1&digits=6&period=30
                    """)
            let app = try TestAuthenticator(secret: secret)
            let code = app.code(at: server.now)
            let confirmed = try await server.call(.post, "/api/v1/auth/totp/confirm", #"{"code":"\#(code)"}"#, by: ada)
            #expect(try confirmed.status == .ok && members(confirmed.json) == ["recovery_codes"])
            let codes = try #require(try confirmed.json["recovery_codes"]?.strings)
            #expect(Set(codes).count == 10)
            let challenge = try await server.call(.post, "/api/v1/auth/step_up/challenge", by: ada)
            #expect(challenge.text == #"{"methods":["totp","recovery_code"]}"#)
            server.site.clock.advance(by: .seconds(30))
            let before = server.now
            let proven = try await server.stepUp(app.code(at: before), by: ada)
            #expect(try proven.status == .ok && members(proven.json) == ["valid_until"])
            let end = try #require(Instant(iso8601: proven.string("valid_until")))
            #expect(abs(before.duration(to: end).components.seconds - 300) <= 1)
            let removed = try await server.call(.delete, "/api/v1/auth/totp", by: ada)
            #expect(removed.status == .noContent && removed.body.isEmpty)
            #expect(try await server.number("SELECT count(*) FROM totp_secrets") == 0)
            #expect(try await server.number("SELECT count(*) FROM recovery_codes") == 0)
            let none = try await server.call(.post, "/api/v1/auth/step_up/challenge", by: ada)
            #expect(none.text == #"{"methods":[]}"#)
        }
    }

    @Test("a refusal says how, where and for how long; without any factor the methods are empty")
    func demand() async throws {
        try await withServer { server in
            let ada = try await server.login()
            for (methods, isEnrolled) in [([], false), (["totp"], true)] as [([String], Bool)] {
                if isEnrolled { _ = try await server.enrol(ada) }
                let refused = try await server.call(.delete, "/api/v1/auth/totp", by: ada)
                #expect(refused.status == .forbidden && refused.error == "step_up_required")
                #expect(members(try refused.json) == ["error", "step_up"])
                #expect(members(try refused.json["error"]?.object) == ["code", "message", "request_id"])
                let demand = try #require(try refused.json["step_up"]?.object)
                #expect(members(demand) == ["methods", "url", "max_age"])
                #expect(demand["methods"]?.strings == methods)
                let grant = try ada.grant
                #expect(demand["url"]?.string == "https://id.example.com/step-up?grant=\(grant)")
                #expect(demand["max_age"]?.integer == 300)
            }
            #expect(try await server.number("SELECT count(*) FROM totp_secrets WHERE state = 'confirmed'") == 1)
        }
    }

    @Test("/me and the next tokens tell of a step-up")
    func told() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let (app, _) = try await server.enrol(ada)
            let now = server.now
            #expect(try await server.stepUp(app.code(at: now), by: ada).status == .ok)
            let session = try #require(try await server.me(ada.access).json["session"]?.object)
            #expect(session["amr"]?.strings == ["email", "otp", "mfa"])
            #expect(session["auth_time"]?.string == now.iso8601)
            let renewed = try Tokens(try await server.refresh(ada.refresh))
            #expect(try renewed.claims["acr"]?.string == "urn:latchkey:acr:step-up")
            #expect(try renewed.claims["auth_time"]?.integer == now.seconds)
            let other = try await server.login()
            #expect(try other.claims["acr"] == nil)
            #expect(try other.claims["amr"]?.strings == ["email"])
        }
    }

    @Test("the same Idempotency-Key gives the same secret, codes and proof, and does nothing twice")
    func repeated() async throws {
        try await withServer { server in
            let ada = try await server.login()
            func twice(_ method: HTTPRequest.Method, _ path: String, _ json: String, _ key: String) async throws
                -> Answer
            {
                let first = try await server.call(method, path, json, by: ada, key: key)
                let second = try await server.call(method, path, json, by: ada, key: key)
                #expect(second.text == first.text && second.status == first.status)
                #expect(second.headers[.init("Idempotency-Replayed") ?? .date] == "true")
                return first
            }
            let secret = try await twice(.post, "/api/v1/auth/totp", "{}", "a").string("secret")
            let app = try TestAuthenticator(secret: secret)
            let code = #"{"code":"\#(app.code(at: server.now))"}"#
            _ = try await twice(.post, "/api/v1/auth/totp/confirm", code, "b")
            server.site.clock.advance(by: .seconds(30))
            let proof = #"{"method":"totp","code":"\#(app.code(at: server.now))"}"#
            #expect(try await twice(.post, "/api/v1/auth/step_up/challenge", "{}", "e").status == .ok)
            #expect(try await twice(.post, "/api/v1/auth/step_up", proof, "c").status == .ok)
            #expect(try await twice(.delete, "/api/v1/auth/totp", "", "d").status == .noContent)
            for kind in [AuditEvent.Kind.totpEnrolled, .totpConfirmed, .stepUpProven, .totpRemoved] {
                #expect(try await server.events(kind) == 1, "\(kind)")
            }
        }
    }

    @Test(
        "what is no method or code is 400, and counts against nobody",
        arguments: [
            #"{}"#, #"{"method":"totp"}"#, #"{"code":"123456"}"#, #"{"method":"sms","code":"123456"}"#,
            #"{"method":"TOTP","code":"123456"}"#, #"{"method":"totp","code":123456}"#,
            #"{"method":"totp","code":["123456"]}"#, #"{"method":"passkey","code":"123456"}"#,
            #"{"method":"magic_link","code":"123456"}"#, "[]",
        ])
    func malformed(json: String) async throws {
        try await withServer { server in
            let ada = try await server.login()
            _ = try await server.enrol(ada)
            let answer = try await server.call(.post, "/api/v1/auth/step_up", json, by: ada)
            #expect(answer.status == .badRequest && answer.error == "invalid_request")
            #expect(try await server.number("SELECT count(*) FROM wrong_proofs") == 0)
        }
    }

    @Test("none of it is done without a token")
    func unknownCaller() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let (_, codes) = try await server.enrol(ada)
            for path in ["/api/v1/auth/step_up", "/api/v1/auth/step_up/challenge", "/api/v1/auth/totp"] {
                let body = #"{"method":"recovery_code","code":"\#(codes[0])"}"#
                #expect(try await server.post(path, jsonText: body).status == .unauthorized)
            }
            #expect(try await server.number("SELECT count(*) FROM recovery_codes WHERE used_at IS NOT NULL") == 0)
        }
    }
}
