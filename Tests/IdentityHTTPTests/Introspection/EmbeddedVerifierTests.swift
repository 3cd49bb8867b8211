import HTTPTypes
import Identity
import JOSE
import LatchkeyVerifier
import Testing

/// A resource server as the documents have it: `LatchkeyVerifier` with this server's keys and its introspection.
struct EmbeddedVerifierTests {
    @Test("it treats an API token and the JWT that it is exchanged for alike", arguments: [true, false])
    func alike(isBatch: Bool) async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let secret = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["projects:read"],"resources":{"projects":["prj_1"]}}"#,
                by: ada
            ).secret
            let verifier = server.resourceServer(isBatch: isBatch)
            let exchanged = try await server.exchange(secret).string("access_token")
            let tokens = [
                try await verifier.verify(secret, at: server.now), try await verifier.verify(exchanged, at: server.now),
            ]
            #expect(tokens.map(\.kind) == [.apiToken, .accessToken])
            for token in tokens {
                try token.require("projects:read")
                #expect(throws: TokenVerifier.Failure.missingScope("projects:write")) {
                    try token.require("projects:write")
                }
                #expect(token.allows("projects", "prj_1") && !token.allows("projects", "prj_2"))
                #expect(token.organizationID == (try ada.organization.description))
                #expect(token.subject == tokens[0].subject && token.grantID == tokens[0].grantID)
            }
        }
    }

    @Test("seed 001: a token that is revoked is refused there within ten seconds, without anything being told to it")
    func revoked() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            let verifier = server.resourceServer()
            _ = try await verifier.verify(minted.secret, at: server.now)
            #expect(try await server.call(.delete, minted.path, by: ada).status == .noContent)
            server.site.clock.advance(by: Introspection.activeLifetime)
            await #expect(throws: TokenVerifier.Failure.inactive) {
                try await verifier.verify(minted.secret, at: server.now)
            }
        }
    }

    @Test("wrong credentials of the resource server are an outage of its own, and no refusal of the token")
    func wrongCredentials() async throws {
        try await withServer { server in
            try await server.register("resource", secret: "another secret")
            let secret = try await server.mint(by: try await server.admin()).secret
            await #expect(throws: TokenVerifier.Failure.introspectionUnavailable) {
                try await server.resourceServer(isBatch: true).verify(secret, at: server.now)
            }
        }
    }
}
