import Database
import HTTPTypes
import Identity
import JOSE
@testable import LatchkeyVerifier
import Testing

@testable import IdentityHTTP

/// `/.well-known/revocations`, and what a resource server makes of it that verifies offline.
struct RevocationFeedTests {
    private static let path = "/.well-known/revocations"

    /// The claims of a document whose signature is the server's.
    private func document(_ server: TestServer, _ query: String = "", headers: HTTPFields = [:]) async throws
        -> JSONObject
    {
        let answer = try await server.get(Self.path + query, headers: headers)
        try #require(answer.status == .ok, "\(answer.text)")
        #expect(answer.headers[.contentType] == "application/jwt")
        let token = try UnverifiedToken(parsing: answer.body, maximumLength: 64 * 1_024)
        #expect(token.header.type == "revocations+jwt")
        let key = try #require(server.provider.signingKeys.contents.published.first)
        return try token.verified(by: try VerificationKey(key))
    }

    private func names(_ document: JSONObject) throws -> [String] {
        try #require(document["revoked"]?.object).members.map(\.name)
    }

    private func cursor(_ document: JSONObject) throws -> String {
        try #require(document["cursor"]?.string)
    }

    private func verifier(_ server: TestServer, _ policy: RevocationPolicy) -> TokenVerifier {
        TokenVerifier(
            issuer: server.issuer, audience: server.issuer, algorithms: [.es256],
            keys: .remote { KeySetResponse(body: try await server.get("/.well-known/jwks.json").body) },
            revocations: .feed(policy) { query in try await server.get(Self.path + "?" + query.text).body })
    }

    private func revoke(_ server: TestServer, _ login: Tokens) async throws {
        let answer = try await server.send(.delete, "/api/v1/auth/logout", headers: .bearer(login.access))
        #expect(answer.status == .noContent)
        server.site.clock.advance(by: .seconds(1))
    }

    @Test("names each login that ends, once, with the time, and nothing of logins that live")
    func logins() async throws {
        try await withServer { server in
            let (one, other) = (try await server.login(), try await server.login("bob@example.org"))
            let before = try await document(server)
            #expect(try names(before).isEmpty && before["iss"]?.string == server.issuer)
            try await revoke(server, one)
            let after = try await document(server, "?since=\(try cursor(before))")
            #expect(try names(after) == [try one.grant.description])
            let time = try #require(after["revoked"]?.object?.members.first?.value.integer)
            #expect(abs(time - server.now.seconds) <= 2)
            #expect(try names(try await document(server, "?since=\(try cursor(after))")).isEmpty)
            #expect(try names(try await document(server)) == [try one.grant.description])
            #expect(try await server.me(other.access).status == .ok)
        }
    }

    @Test("names API tokens, disabled users and clients, and a restore by the one name for all")
    func everythingElse() async throws {
        try await withServer { server in
            let admin = try await server.admin()
            let minted = try await server.mint(by: admin)
            let id = try minted.answer.string("id")
            #expect(try await server.call(.delete, "/api/v1/tokens/\(id)", by: admin).status == .noContent)
            let bob = try await server.login("bob@example.org")
            let now = server.now
            try await server.provider.users.setDisabled(true, try bob.user, at: now, from: .server)
            server.site.clock.advance(by: .seconds(1))
            let found = Set(try names(try await document(server)))
            #expect(found == [id, try bob.user.description])
            _ = try await Restoration(database: server.database).finish(takenAt: nil, at: server.now)
            server.site.clock.advance(by: .seconds(1))
            // The grant of the admin is among those that the restore ended, and not named: one name is enough.
            #expect(Set(try names(try await document(server))) == found.union(["*"]))
        }
    }

    @Test("answers 304 to its own tag, and refuses what is no cursor and no time to wait")
    func conditional() async throws {
        try await withServer { server in
            let login = try await server.login()
            let first = try await server.get(Self.path)
            let tag = try #require(first.headers[.eTag])
            #expect(first.headers[.cacheControl] == "public, no-cache")
            #expect(try await server.get(Self.path, headers: [.ifNoneMatch: tag]).status == .notModified)
            try await revoke(server, login)
            #expect(try await server.get(Self.path, headers: [.ifNoneMatch: tag]).status == .ok)
            for query in ["since=x", "since=1", "since=", "wait=61", "wait=-1", "wait=x", "wait=9223372036854775808"] {
                let answer = try await server.get(Self.path + "?" + query)
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(query)")
            }
        }
    }

    @Test("an answer that waits comes when a login ends on another node, and at the end of its time when none does")
    func waiting() async throws {
        let site = try TestSite()
        try await site.run { first in
            try await site.run { second in
                let login = try await first.login()
                let cursor = try cursor(try await document(first))
                let quiet = try await document(first, "?since=\(cursor)&wait=1")
                #expect(try names(quiet).isEmpty)
                async let answer = document(first, "?since=\(cursor)&wait=60")
                try await revoke(second, login)
                #expect(try names(try await answer) == [try login.grant.description])
            }
        }
    }

    @Test("an answer that waits is given at once when the server is about to stop")
    func draining() async throws {
        try await withServer { server in
            let cursor = try cursor(try await document(server))
            async let answer = document(server, "?since=\(cursor)&wait=60")
            server.site.drain.begin()
            #expect(try names(try await answer).isEmpty)
        }
    }

    @Test("a resource server that verifies offline refuses a token that was revoked, and no other")
    func verifier() async throws {
        try await withServer { server in
            let verifier = verifier(server, .closed(after: .seconds(60)))
            let (login, other) = (try await server.login(), try await server.login("bob@example.org"))
            await #expect(throws: TokenVerifier.Failure.revocationsUnavailable) {
                try await verifier.verify(login.access, at: server.now)
            }
            _ = try await verifier.hearRevocations { server.now }
            _ = try await verifier.verify(login.access, at: server.now)
            try await revoke(server, login)
            _ = try await verifier.hearRevocations { server.now }
            await #expect(throws: TokenVerifier.Failure.revoked) {
                try await verifier.verify(login.access, at: server.now)
            }
            _ = try await verifier.verify(other.access, at: server.now)
        }
    }

    @Test("a thousand logins that end together make a document under 64 KiB")
    func size() async throws {
        try await withServer { server in
            let login = try await server.login()
            let (user, now) = (try login.user, server.now)
            _ = try await server.database.write { transaction in
                let columns = """
                    user_id, client_id, organization_id, scopes, audience, secret, generation, auth_time, amr, device,
                    created_at, created_address, last_used_at, last_used_address, expires_at
                    """
                for number in Int64(0)..<1_000 {
                    try transaction.run(
                        """
                        INSERT INTO grants (id, \(columns), revoked_at, revocation_reason)
                        SELECT id + ?, \(columns), ?, 'signed_out' FROM grants WHERE user_id = ? AND revoked_at IS NULL
                        """, .integer(number + 1), .integer(now.microseconds + number), .integer(user.rawValue))
                }
            }
            server.site.clock.advance(by: .seconds(1))
            let answer = try await server.get(Self.path)
            #expect(answer.body.count < 64 * 1_024)
            #expect(try names(try await document(server)).count == 1_000)
        }
    }
}
