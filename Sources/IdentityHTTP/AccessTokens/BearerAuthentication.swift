import HTTPTypes
import Hummingbird
import Identity
import JOSE
import LatchkeyVerifier

/// Who an access token speaks for, at our own endpoints: its signature and claims, and that its grant is alive now.
struct BearerAuthentication: Sendable {
    let issuer: String
    let verifier: OwnTokenVerifier
    let grants: Grants
    let apiTokens: APITokens
    let limits: RateLimits
    let refusals: RefusalCounters<BearerRefusal>
    let repetition: Repetition

    /// For whom a token must be made to be taken here.
    enum Audience: Sendable {
        /// For this very server. A resource server that was shown a token made for it can do nothing with it here.
        case issuer
        /// For anyone: what such a token says of itself, and its end.
        case any
    }

    /// Makes a route that needs an access token. The handler is given the grant it stands for.
    func route(
        _ method: HTTPRequest.Method, _ path: String, rate: RateClass = .api, audience: Audience = .issuer,
        _ respond: @escaping @Sendable (Call, Grants.Active) async throws -> Response
    ) -> Route {
        Route(method: method, path: path, dialect: .api, access: .bearer, rate: rate) { call in
            let active = try await authenticate(call, audience: audience)
            do {
                return try await repetition.respond(to: call, credential: active.grant.id.description) { call in
                    try await respond(call, active)
                }
            } catch is LoginEnded {
                throw refused(.ended, .loginEnded)
            }
        }
    }

    /// RFC 6750 §2.1: in the header, and nowhere else.
    func authenticate(_ call: Call, audience: Audience = .issuer) async throws -> Grants.Active {
        guard let presented = call.request.headers.bearerToken else { throw refused(.missing, .bearerMissing) }
        if presented.hasPrefix(APITokenSecret.prefix) {
            throw try refused(try await apiToken(presented, call, calls: 0), .apiToken, .loginNeeded, call)
        }
        let (token, holder) = try await self.holder(of: presented, at: call.now)
        switch holder {
        case .apiToken(let active): throw try refused(active, .apiToken, .loginNeeded, call)
        case .login(var grant):
            if audience == .issuer { try requireOwnAudience(token) }
            grant.scopes = ScopeSet(stored: token.scope)
            return grant
        }
    }

    func isOwnAudience(_ token: VerifiedToken) -> Bool { token.audience.contains(where: issuer.isExactly) }

    func requireOwnAudience(_ token: VerifiedToken) throws {
        guard isOwnAudience(token) else { throw refused(.audience, .foreignAudience) }
    }

    /// A token of ours and the grant it names, whatever has become of that.
    func verified(_ token: String, at now: Instant) async throws -> (token: VerifiedToken, grant: Grant.ID) {
        let verified = try await signed(token, at: now)
        guard let id = verified.grantID.flatMap(Grant.ID.init) else { throw refused(.invalid, .grantMissing) }
        return (verified, id)
    }

    /// A token that we signed and that has not expired.
    func signed(_ token: String, at now: Instant) async throws -> VerifiedToken {
        do {
            return try await verifier.verify(token, at: now)
        } catch {
            throw refused(.invalid, .invalidToken(error.description))
        }
    }

    func refused(_ reason: BearerRefusal, _ refusal: Refusal) -> Refusal {
        refusals.count(reason)
        return refusal
    }
}

extension Refusal {
    /// RFC 6750 §3: no error code when the request says nothing at all of a token.
    static let bearerMissing = Refusal(
        .unauthorized, "invalid_token", "An access token is needed: send Authorization: Bearer <token>.",
        headers: [.wwwAuthenticate: "Bearer realm=\"latchkey\""])

    static let loginEnded = invalidToken("The login of this access token has been ended. Log in again.")

    static let grantMissing = invalidToken("The access token names no grant.")

    static let foreignAudience = invalidToken(
        "This access token is for another API. Ask for one without a resource.")

    static func invalidToken(_ message: String) -> Refusal {
        Refusal(
            .unauthorized, "invalid_token", message,
            headers: [.wwwAuthenticate: "Bearer realm=\"latchkey\", error=\"invalid_token\""])
    }
}
