import Database
import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// What a rotation of the signing keys means to callers.
struct SigningKeyRotationTests {
    private func keys(_ server: TestServer) throws -> SigningKeys {
        let master = try #require(MasterKey(Secret(server.site.master)))
        return SigningKeys(database: server.database, keys: PurposeKeys(master: master))
    }

    private func rotate(_ server: TestServer, _ urgency: SigningKeys.Urgency = .now) async throws {
        _ = try await keys(server).rotate(urgency, at: server.site.clock.now(), from: .command(.keys)).get()
        _ = try await server.provider.signingKeyUpkeep.look(at: server.site.clock.now())
    }

    @Test("tokens of old and new keys are taken at once, however often keys rotate")
    func rotated() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            var logins = [try await server.login()]
            for _ in 0..<3 {
                try await rotate(server)
                logins.append(try await server.login())
            }
            #expect(Set(try logins.map { try UnverifiedToken(parsing: $0.access).header.keyID }).count == 4)
            for login in logins {
                #expect(try await server.me(login.access).status == .ok)
                let answer = try await server.post(
                    "/oauth/introspect", form: ["token": login.access], headers: .basic("resource", "its secret"))
                #expect(try answer.json["active"]?.bool == true)
            }
            let keys = try #require(try await server.get("/.well-known/jwks.json").json["keys"]?.array)
            #expect(keys.count == 4)
            #expect(keys.first?.object?["kid"]?.string == server.signingKey.keyID)
        }
    }

    @Test("a compromised key leaves the set and its tokens die at once, while refresh tokens live")
    func compromised() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let login = try await server.login()
            let stolen = server.signingKey
            #expect(try await server.me(login.access).status == .ok, "known and cached")
            let forged = try server.signed(server.header(), server.claims(of: login))
            #expect(try await server.me(forged).status == .ok, "the thief's")

            try await rotate(server, .compromised(stolen.keyID))
            try await server.expectRefused(login.access, "signed by the stolen key before the theft")
            try await server.expectRefused(forged, "signed by the thief")
            #expect(try await !server.get("/.well-known/jwks.json").text.contains(stolen.keyID))
            let refreshed = try await server.refresh(login.refresh)
            #expect(refreshed.status == .ok)
            let fresh = try #require(try refreshed.json["access_token"]?.string)
            #expect(try await server.me(fresh).status == .ok)
        }
    }

    @Test("a node that has not seen its database for a while tells verifiers to come back sooner")
    func stale() async throws {
        try await withServer { server in
            func lifetime() async throws -> String? {
                try await server.get("/.well-known/jwks.json").headers[.cacheControl]
            }
            #expect(try await lifetime() == "public, max-age=300")
            server.site.clock.advance(by: .seconds(100))
            let shorter = try #require(try await lifetime())
            #expect(["public, max-age=205", "public, max-age=204"].contains(shorter))
            server.site.clock.advance(by: .seconds(1_000))
            #expect(try await lifetime() == "public, max-age=0")
            _ = try await server.provider.signingKeyUpkeep.look(at: server.site.clock.now())
            #expect(try await lifetime() == "public, max-age=300")
        }
    }

    @Test("a node that can read no key that may sign issues nothing, says so, and is not ready")
    func unreadable() async throws {
        try await withServer { server in
            let login = try await server.login()
            let stolen = server.signingKey.keyID
            _ = try await keys(server).rotate(.compromised(stolen), at: server.site.clock.now(), from: .command(.keys))
                .get()
            try await server.database.write { transaction in
                try transaction.run("UPDATE signing_keys SET wrapped_private_key = x'00'")
            }
            #expect(try await server.get("/readyz").status == .ok)
            _ = try await server.provider.signingKeyUpkeep.look(at: server.site.clock.now())
            #expect(try await server.get("/readyz").status == .serviceUnavailable)
            #expect(try await server.get("/healthz").status == .ok)
            #expect(try await server.get("/.well-known/jwks.json").text == #"{"keys":[]}"#)
            let refused = try await server.refresh(login.refresh)
            #expect(refused.status == .serviceUnavailable && refused.headers[.retryAfter] != nil)
        }
    }
}
