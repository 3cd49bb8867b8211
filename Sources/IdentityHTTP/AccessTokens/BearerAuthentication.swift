import HTTPTypes
import Hummingbird
import Identity
import JOSE
import LatchkeyVerifier

/// Who an access token speaks for, at our own endpoints: its signature and claims, and that its grant is alive now.
struct BearerAuthentication: Sendable {
    let issuer: String
    let verifier: TokenVerifier
    let grants: Grants
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
            return try await repetition.respond(to: call, credential: active.grant.id.description) { call in
                try await respond(call, active)
            }
        }
    }

    /// RFC 6750 §2.1: in the header, and nowhere else.
    func authenticate(_ call: Call, audience: Audience = .issuer) async throws -> Grants.Active {
        guard let header = call.request.headers[.authorization] else { throw Refusal.bearerMissing }
        let words = header.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[0].lowercased() == "bearer" else { throw Refusal.bearerMissing }
        var (token, grant) = try await active(String(words[1]), at: call.now)
        guard audience == .any || token.audience.contains(where: issuer.isExactly) else {
            throw Refusal.invalidToken("This access token is for another API. Ask for one without a resource.")
        }
        grant.scopes = ScopeSet(token.scopes)
        return grant
    }

    /// A valid token of a living grant, whoever it is for.
    func active(_ token: String, at now: Instant) async throws -> (token: VerifiedToken, grant: Grants.Active) {
        let (verified, id) = try await verified(token, at: now)
        switch try await grants.standing(of: id, at: now) {
        case .success(let grant): return (verified, grant)
        case .failure: throw Refusal.invalidToken("The login of this access token has been ended. Log in again.")
        }
    }

    /// A token of ours and the grant it names, whatever has become of that.
    func verified(_ token: String, at now: Instant) async throws -> (token: VerifiedToken, grant: Grant.ID) {
        let verified: VerifiedToken
        do {
            verified = try await verifier.verify(token, at: now)
        } catch {
            throw Refusal.invalidToken(error.description)
        }
        guard let id = verified.grantID.flatMap(Grant.ID.init) else {
            throw Refusal.invalidToken("The access token names no grant.")
        }
        return (verified, id)
    }
}

extension Refusal {
    /// RFC 6750 §3: no error code when the request says nothing at all of a token.
    static let bearerMissing = Refusal(
        .unauthorized, "invalid_token", "An access token is needed: send Authorization: Bearer <token>.",
        headers: [.wwwAuthenticate: "Bearer realm=\"latchkey\""])

    static func invalidToken(_ message: String) -> Refusal {
        Refusal(
            .unauthorized, "invalid_token", message,
            headers: [.wwwAuthenticate: "Bearer realm=\"latchkey\", error=\"invalid_token\""])
    }
}

extension TokenVerifier {
    /// A verifier of this very server's tokens, whose keys come from memory.
    static func forOwnTokens(of provider: IdentityProvider) -> TokenVerifier {
        let ring = provider.signingKeys
        return TokenVerifier(
            issuer: provider.issuer, ofAnyAudienceSignedWith: [.es256],
            keys: .remote { KeySetResponse(body: ring.contents.document) })
    }
}
