import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// Magic links for applications that show their own sign-in (seed: `POST /api/v1/auth/magic_link`).
struct MagicLinkAPI: Feature {
    let magicLinks: MagicLinks
    let signIn: MagicLinkSignIn
    let clients: Clients
    let limits: RateLimits
    let mailIsWaiting: @Sendable () -> Void

    var routes: [Route] {
        [
            Route(
                method: .post, path: "/api/v1/auth/magic_link", dialect: .api, access: .open, rate: .mail,
                respond: request),
            Route(
                method: .post, path: "/api/v1/auth/magic_link/verify", dialect: .api, access: .open, rate: .code,
                respond: verify),
        ]
    }

    private func request(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        guard let email = EmailAddress(try body.string("email")) else { throw Refusal.notAnAddress }
        let client = try await clients.require(call.credentials(body) ?? .firstParty)
        guard client.grantTypes.contains(.magicLink) else { throw Refusal.unauthorizedClient }
        try limits.spendMail(to: email.canonical, at: call.now)
        let sent = try await magicLinks.request(email, by: .application(client), at: call.now, from: call.origin)
        mailIsWaiting()
        var json = JSONWriter()
        json.beginObject()
        json.member("status", "sent")
        json.member("expires_in", sent.expiresIn.components.seconds)
        json.endObject()
        return .json(json.bytes, status: .accepted)
    }

    private func verify(_ call: Call) async throws -> Response {
        let body = try JSONBody(call)
        let presence = try await clients.presence(call.credentials(body))
        switch try await signIn.redeem(proof(body), by: presence, at: call.now, from: call.origin) {
        case .success(let tokens): return .tokens(tokens)
        case .failure(let refusal): throw Refusal(refusal)
        }
    }

    private func proof(_ body: JSONBody) throws -> MagicLinkSignIn.Proof {
        if let token = try body.optionalString("token") { return .token(token) }
        guard let address = try body.optionalString("email"), let digits = try body.optionalString("code") else {
            throw Refusal.invalidRequest("Send token, or email and code.")
        }
        guard let email = EmailAddress(address) else { throw Refusal.notAnAddress }
        return .code(email, digits: digits.filter { $0 != " " })
    }
}

extension Refusal {
    static let notAnAddress = Refusal.invalidRequest(
        "email must be one plain mail address, such as ada@example.com, of at most \(EmailAddress.maximumLength) bytes."
    )
}
