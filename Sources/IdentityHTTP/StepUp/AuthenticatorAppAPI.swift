import Hummingbird
import Identity
import JOSE

/// Setting up, confirming and removing an authenticator app with a bearer.
struct AuthenticatorAppAPI: Feature {
    let bearer: BearerAuthentication
    let gate: StepUpGate
    let apps: AuthenticatorApps

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/auth/totp", enrol),
            bearer.route(.post, "/api/v1/auth/totp/confirm", rate: .code, confirm),
            bearer.route(.delete, "/api/v1/auth/totp", remove),
        ]
    }

    private func enrol(_ call: Call, _ active: Grants.Active) async throws -> Response {
        try await gate.requireOfWhoCan(active, at: call.now)
        return try await call.answer({ .json($0.json, status: .created) }, refusing: refusing(call, active)) {
            try await apps.enrol(
                by: active.login, stepUp: active.grant.stepUp, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func confirm(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let typed = try JSONBody(call).string("code")
        if try await apps.pending(of: active.user, at: call.now) != nil {
            try await gate.requireOfWhoCan(active, at: call.now)
        }
        return try await call.answer({ .json(recoveryCodes($0)) }, refusing: refusing(call, active)) {
            try await apps.confirm(
                typed, by: active.login, stepUp: active.grant.stepUp, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func remove(_ call: Call, _ active: Grants.Active) async throws -> Response {
        try await gate.require(of: active, at: call.now)
        return try await call.answer({ .noContent }, refusing: refusing(call, active)) {
            try await apps.remove(
                by: active.login, stepUp: active.grant.stepUp, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func refusing(_ call: Call, _ active: Grants.Active) -> (StepUpRefusal) -> Refusal {
        { Refusal($0, at: call.now, url: gate.url(of: active.grant.id)) }
    }
}

extension TOTPEnrolment {
    fileprivate var json: [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.member("secret", secret)
        json.member("otpauth_uri", uri)
        json.endObject()
        return json.bytes
    }
}

private func recoveryCodes(_ codes: [String]) -> [UInt8] {
    var json = JSONWriter()
    json.beginObject()
    json.member("recovery_codes", codes)
    json.endObject()
    return json.bytes
}
