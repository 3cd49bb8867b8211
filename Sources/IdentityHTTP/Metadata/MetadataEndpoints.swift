import HTTPTypes
import Hummingbird
import Identity
import JOSE

/// What clients and resource servers find out by themselves: endpoints (RFC 8414), keys (RFC 7517).
struct MetadataEndpoints: Feature {
    let issuer: String
    let ring: SigningKeyRing
    let resourceServers: ResourceServers

    var routes: [Route] {
        [
            Route(
                method: .get, path: "/.well-known/jwks.json", dialect: .api, access: .open, rate: .none,
                respond: keySet),
            Route(
                method: .get, path: "/.well-known/oauth-authorization-server", dialect: .api, access: .open,
                rate: .none, respond: metadata),
            Route(
                method: .get, path: "/.well-known/openid-configuration", dialect: .api, access: .open, rate: .none,
                respond: metadata),
        ]
    }

    private func keySet(_ call: Call) async throws -> Response {
        // A key is published for longer than this before it signs.
        let (keys, lifetime) = ring.published(at: call.now)
        let isKnown = call.request.headers[.ifNoneMatch] == keys.entityTag
        var response =
            isKnown
            ? Response(status: .notModified) : Response(status: .ok, type: "application/json", bytes: keys.document)
        response.headers.append(HTTPField(name: .eTag, value: keys.entityTag))
        response.headers.append(HTTPField(name: .cacheControl, value: "public, max-age=\(lifetime)"))
        response.headers.append(HTTPField(name: .accessControlAllowOrigin, value: "*"))
        return response
    }

    /// One document for both names. It names only what works.
    private func metadata(_ call: Call) async throws -> Response {
        let scopes = try await resourceServers.catalog().names(audience: nil) ?? []
        var json = JSONWriter()
        json.beginObject()
        json.member("issuer", issuer)
        json.member("jwks_uri", issuer + "/.well-known/jwks.json")
        json.member("token_endpoint", issuer + "/oauth/token")
        json.member("device_authorization_endpoint", issuer + "/oauth/device_authorization")
        json.member("revocation_endpoint", issuer + "/oauth/revoke")
        json.member("introspection_endpoint", issuer + "/oauth/introspect")
        json.member("response_types_supported", [String]())
        json.member(
            "grant_types_supported",
            [
                Client.GrantType.deviceCode.rawValue, Client.GrantType.refreshToken.rawValue, TokenExchangeGrant.type,
            ])
        json.member(
            "token_endpoint_auth_methods_supported", ["none", "client_secret_basic", "client_secret_post"])
        json.member(
            "revocation_endpoint_auth_methods_supported", ["none", "client_secret_basic", "client_secret_post"])
        json.member("introspection_endpoint_auth_methods_supported", ["client_secret_basic", "client_secret_post"])
        json.member("subject_types_supported", ["public"])
        json.member("scopes_supported", scopes.sorted())
        json.endObject()
        var response = Response.json(json.bytes)
        response.headers[.cacheControl] = "public, max-age=300"
        response.headers[.accessControlAllowOrigin] = "*"
        return response
    }
}
