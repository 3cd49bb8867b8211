import Hummingbird
import Identity
import JOSE
import WebAuthn

/// Showing a second factor with a bearer: recorded on the grant of the token, and good for nothing else.
struct StepUpAPI: Feature {
    let bearer: BearerAuthentication
    let gate: StepUpGate
    let stepUps: StepUps

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/auth/step_up/challenge", challenge),
            bearer.route(.post, "/api/v1/auth/step_up", rate: .code, prove),
        ]
    }

    private func challenge(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let methods = try await stepUps.methods(of: active.user.id)
        let options = try await gate.passkeys.begin(
            for: active.user.id, by: .login(active.login), at: call.now)
        var json = JSONWriter()
        json.beginObject()
        json.member("methods", methods.map(\.rawValue))
        options?.write(to: &json, as: "passkey")
        json.endObject()
        return .json(json.bytes)
    }

    private func prove(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let body = try JSONBody(call)
        if try body.string("method") == StepUp.Method.passkey.rawValue { return try await prove(body, call, active) }
        let presented = try presented(body)
        let url = gate.url(of: active.grant.id)
        return try await call.answer({ .json($0.json) }, refusing: { Refusal($0, at: call.now, url: url) }) {
            try await stepUps.prove(
                presented, by: active.user.id, on: active.login, at: call.now, from: call.origin,
                recording: $0)
        }
    }

    private func prove(_ body: JSONBody, _ call: Call, _ active: Grants.Active) async throws -> Response {
        guard try body.optionalObject("credential") != nil else {
            throw Refusal.invalidRequest("The member credential is missing.")
        }
        let response = try body.authenticationResponse()
        return try await call.answer({ .json($0.json) }, refusing: Refusal.init) {
            try await gate.passkeys.prove(
                response, by: active.user.id, holding: .login(active.login), on: active.login,
                at: call.now, from: call.origin, recording: $0)
        }
    }

    private func presented(_ body: JSONBody) throws -> StepUps.Presented {
        switch StepUp.Method(rawValue: try body.string("method")) {
        case .totp: return .totp(try body.string("code"))
        case .recoveryCode: return .recoveryCode(try body.string("code"))
        case .passkey, nil: throw Refusal.invalidRequest("method must be totp, recovery_code or passkey.")
        }
    }
}

extension StepUp {
    fileprivate var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("valid_until", validUntil.iso8601)
        json.endObject()
        return json.bytes
    }
}
