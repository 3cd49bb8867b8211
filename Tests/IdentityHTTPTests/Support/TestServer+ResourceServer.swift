import HTTPTypes
import JOSE
import LatchkeyVerifier

extension TestServer {
    struct UnexpectedAnswer: Error {}

    /// What a resource server embeds, with this server's keys and introspection. Its credentials are those of
    /// ``registerResourceServer()``.
    ///
    /// - Parameter isBatch: asks in the form for many tokens.
    func resourceServer(isBatch: Bool = false) -> TokenVerifier {
        let ask: @Sendable (String, [UInt8]) async throws -> [UInt8] = { type, body in
            var headers = HTTPFields.basic("resource", "its secret")
            headers[.contentType] = type
            let answer = try await send(.post, "/oauth/introspect", headers: headers, body: body)
            guard answer.status == .ok else { throw UnexpectedAnswer() }
            return answer.body
        }
        return TokenVerifier(
            issuer: issuer, audience: issuer, algorithms: [.es256],
            keys: .remote { KeySetResponse(body: try await get("/.well-known/jwks.json").body) },
            introspection: isBatch
                ? .batch { try await ask("application/json", $0.json) }
                : .single { try await ask("application/x-www-form-urlencoded", $0.form) })
    }

    /// Whether a resource server that needs a scope lets a token in, as of now.
    func lets(_ token: String, do scope: String) async throws -> Bool {
        do {
            try await resourceServer().verify(token, at: now).require(scope)
            return true
        } catch {
            return false
        }
    }

    /// The scopes of an example resource server, as `/api/v1/scopes` tells them, with their descriptions.
    func scopes(of resourceServer: String, for token: String) async throws -> [String: String] {
        let catalog = try await get("/api/v1/scopes", headers: .bearer(token)).json["catalog"]?.array ?? []
        return catalog.compactMap(\.object).reduce(into: [:]) { scopes, entry in
            guard entry["resource_server"]?.string == resourceServer, let scope = entry["scope"]?.string else { return }
            scopes[scope] = entry["description"]?.string
        }
    }
}
