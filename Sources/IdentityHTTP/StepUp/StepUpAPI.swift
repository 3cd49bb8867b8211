import Hummingbird
import Identity
import JOSE

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
        var json = JSONWriter()
        json.beginObject()
        json.member("methods", methods.map(\.rawValue))
        json.endObject()
        return .json(json.bytes)
    }

    private func prove(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let presented = try presented(JSONBody(call))
        let url = gate.url(of: active.grant.id)
        return try await call.answer({ .json($0.json) }, refusing: { Refusal($0, at: call.now, url: url) }) {
            try await stepUps.prove(
                presented, by: active.user.id, on: .grant(active.grant.id), at: call.now, from: call.origin,
                recording: $0)
        }
    }

    private func presented(_ body: JSONBody) throws -> StepUps.Presented {
        switch StepUp.Method(rawValue: try body.string("method")) {
        case .totp: return .totp(try body.string("code"))
        case .recoveryCode: return .recoveryCode(try body.string("code"))
        case .passkey, nil: throw Refusal.invalidRequest("method must be totp or recovery_code.")
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
