import HTTPTypes
import Hummingbird
import Identity
import JOSE
import WebAuthn

/// Signing in by a passkey, for applications that show their own sign-in on a page of this very site (seed:
/// `POST /api/v1/auth/passkey/login`).
struct PasskeySignInAPI: Feature {
    let signIn: PasskeySignIn
    let clients: Clients

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/api/v1/auth/passkey/login/challenge", dialect: .api, access: .open,
                rate: .passkey, respond: challenge),
            Route(
                method: .post, path: "/api/v1/auth/passkey/login", dialect: .api, access: .open, rate: .passkey,
                respond: redeem),
        ]
    }

    private func challenge(_ call: Call) async throws -> Response {
        let client = try await client(of: call, JSONBody(call))
        let options = try await signIn.begin(by: .application(client.id), at: call.now)
        return .json(try options.mapError(Refusal.init).get().json)
    }

    private func redeem(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        let client = try await client(of: call, body)
        let response = try body.authenticationResponse()
        let tokens = try await signIn.redeem(response, by: client, at: call.now, from: call.origin)
        return .tokens(try tokens.mapError(Refusal.init).get())
    }

    private func client(of call: Call, _ body: JSONBody) async throws -> Client {
        let client = try await clients.require(call.credentials(body) ?? .firstParty)
        guard client.grantTypes.contains(.passkey) else { throw Refusal.unauthorizedClient }
        return client
    }
}
