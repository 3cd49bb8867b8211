import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// A device asks for codes and polls for its tokens, in both dialects (RFC 8628 §3.1–3.5).
struct DeviceAuthorizationEndpoint: Feature {
    let deviceFlow: DeviceFlow
    let clients: Clients
    let issuer: String

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/oauth/device_authorization", dialect: .oauth, access: .client, rate: .device,
                respond: authorizeForm),
            Route(
                method: .post, path: "/api/v1/auth/device", dialect: .api, access: .open, rate: .device,
                respond: authorizeJSON),
            Route(
                method: .post, path: "/api/v1/auth/token", dialect: .api, access: .open, rate: .token,
                respond: redeemJSON),
        ]
    }

    private func authorizeForm(_ call: Call) async throws -> Response {
        let form = try FormBody(call)
        return try await authorize(
            call, call.requiredCredentials(form), scopes: form.scopes(), resource: form["resource"],
            organization: form["organization"])
    }

    private func authorizeJSON(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        return try await authorize(
            call, call.credentials(body) ?? .firstParty, scopes: body.scopes(),
            resource: body.optionalString("resource"), organization: body.optionalString("organization"))
    }

    private func authorize(
        _ call: Call, _ credentials: ClientCredentials, scopes: ScopeSet?, resource: String?, organization: String?
    ) async throws -> Response {
        let client = try await clients.require(credentials)
        guard client.grantTypes.contains(.deviceCode) else { throw Refusal.unauthorizedClient }
        guard (organization?.utf8.count ?? 0) <= 100 else {
            throw Refusal.invalidRequest("organization must have at most 100 characters.")
        }
        let request = DeviceFlow.Request(
            client: client, scopes: scopes, resource: resource, organization: organization)
        switch try await deviceFlow.authorize(request, at: call.now, from: call.origin) {
        case .success(let codes): return answer(codes)
        case .failure(let refusal): throw Refusal(refusal)
        }
    }

    /// RFC 8628 §3.2.
    private func answer(_ codes: DeviceFlow.Codes) -> Response {
        let verificationURI = issuer + "/device"
        var json = JSONWriter()
        json.beginObject()
        json.member("device_code", codes.deviceCode)
        json.member("user_code", codes.userCode.description)
        json.member("verification_uri", verificationURI)
        json.member("verification_uri_complete", verificationURI + "?user_code=" + codes.userCode.description)
        json.member("expires_in", codes.expiresIn.components.seconds)
        json.member("interval", codes.interval.components.seconds)
        json.endObject()
        return .json(json.bytes)
    }

    private func redeemJSON(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        let presence = try await clients.presence(call.credentials(body))
        let outcome = try await deviceFlow.redeem(
            body.string("device_code"), by: presence, at: call.now, from: call.origin)
        switch outcome {
        case .success(let tokens): return .tokens(tokens)
        case .failure(let refusal): throw Refusal(refusal)
        }
    }
}
