import HTTPTypes
import Hummingbird
import Identity
import JOSE
import WebAuthn

/// The passkeys of the user a token speaks for (seed: `POST /api/v1/auth/passkey/register`).
struct PasskeysAPI: Feature {
    let bearer: BearerAuthentication
    let gate: StepUpGate
    let registration: PasskeyRegistration
    let passkeys: Passkeys

    var routes: [Route] {
        [
            bearer.route(.post, "/api/v1/auth/passkey/register/challenge", rate: .passkey, challenge),
            bearer.route(.post, "/api/v1/auth/passkey/register", rate: .passkey, register),
            bearer.route(.get, "/api/v1/auth/passkeys", list),
            bearer.route(.patch, "/api/v1/auth/passkeys/{id}", rename),
            bearer.route(.delete, "/api/v1/auth/passkeys/{id}", remove),
        ]
    }

    private func challenge(_ call: Call, _ active: Grants.Active) async throws -> Response {
        try active.checkKeepsPasskeys()
        try await gate.requireOfWhoCan(active, at: call.now)
        let options = try await registration.begin(
            by: active.login, stepUp: active.grant.stepUp, at: call.now)
        return .json(try options.mapError(Refusal.init).get().json)
    }

    private func register(_ call: Call, _ active: Grants.Active) async throws -> Response {
        try active.checkKeepsPasskeys()
        try await gate.requireOfWhoCan(active, at: call.now)
        let body = try JSONBody(call)
        let (response, name) = (try body.registrationResponse(), try body.passkeyName())
        return try await call.answer({ .json($0.json, status: .created) }, refusing: Refusal.init) {
            try await registration.finish(
                response, name: name, by: active.login, stepUp: active.grant.stepUp, at: call.now,
                from: call.origin, recording: $0)
        }
    }

    private func list(_ call: Call, _ active: Grants.Active) async throws -> Response {
        let all = try await passkeys.all(of: active.user.id)
        var json = JSONWriter()
        json.beginObject()
        json.beginArray("passkeys")
        for passkey in all { passkey.write(to: &json) }
        json.endArray()
        json.endObject()
        return .json(json.bytes)
    }

    private func rename(_ call: Call, _ active: Grants.Active) async throws -> Response {
        try active.checkKeepsPasskeys()
        guard let id = Passkey.ID(call.segment("id")) else { throw Refusal.notFound }
        guard let name = try JSONBody(call).passkeyName() else {
            throw Refusal.invalidRequest("The member name is missing.")
        }
        return try await call.answer({ .json($0.json) }, refusing: Refusal.init) {
            try await passkeys.rename(
                id, by: active.login, to: name, at: call.now, from: call.origin, recording: $0)
        }
    }

    private func remove(_ call: Call, _ active: Grants.Active) async throws -> Response {
        try active.checkKeepsPasskeys()
        guard let id = Passkey.ID(call.segment("id")) else { throw Refusal.notFound }
        try await gate.requireOfWhoCan(active, at: call.now)
        return try await call.answer({ .noContent }, refusing: Refusal.init) {
            try await passkeys.remove(
                id, by: active.login, stepUp: active.grant.stepUp, at: call.now, from: call.origin, recording: $0)
        }
    }
}

extension Grants.Active {
    /// Whoever may add a passkey to an account has the account, whatever scopes their token has: so this is for clients
    /// that sign people in by passkey themselves, and for no other that was once let in.
    fileprivate func checkKeepsPasskeys() throws {
        guard client.grantTypes.contains(.passkey) else { throw Refusal.passkeysNotKept }
    }
}

extension Passkey {
    var json: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }

    func write(to json: inout JSONWriter) {
        json.beginObject()
        json.member("id", id.description)
        json.member("name", name)
        json.member("credential_id", Base64URL.encode(credentialID))
        json.member("aaguid", aaguid.description)
        json.member("transports", transports)
        json.member("backup_eligible", backupEligible)
        json.member("backed_up", backedUp)
        json.member("created_at", createdAt.iso8601)
        json.member("last_used_at", optional: lastUsedAt)
        json.member("counter_regressed_at", optional: counterRegressedAt)
        json.endObject()
    }
}

extension JSONWriter {
    fileprivate mutating func member(_ name: String, optional time: Instant?) {
        if let time { member(name, time.iso8601) } else { memberNull(name) }
    }
}

extension CreationOptions {
    /// `PublicKeyCredentialCreationOptionsJSON`
    var json: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }
}

extension RequestOptions {
    /// `PublicKeyCredentialRequestOptionsJSON`
    var json: [UInt8] {
        var json = JSONWriter()
        write(to: &json)
        return json.bytes
    }
}
