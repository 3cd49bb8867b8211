import Database
import HTTPTypes
import Identity
import JOSE
import Testing

/// `Idempotency-Key`: the same call twice is done once and answered the same.
struct RepetitionTests {
    private let organization = #"{"name":"Acme"}"#

    private func make(
        _ server: TestServer, _ login: Tokens, key: String, _ json: String? = nil
    ) async throws -> Answer {
        try await server.call(.post, "/api/v1/organizations", json ?? organization, by: login, key: key)
    }

    @Test("the same key and body give the same status, body and type, marked as given again; also after a restart")
    func same() async throws {
        let site = try TestSite()
        let (ada, first) = try await site.result { server in
            let ada = try await server.login()
            let first = try await make(server, ada, key: "k")
            try #require(first.status == .created)
            let again = try await make(server, ada, key: "k")
            #expect(again.status == .created && again.body == first.body)
            #expect(again.headers[.contentType] == first.headers[.contentType])
            #expect(again.headers[.init("Idempotency-Replayed") ?? .date] == "true")
            #expect(first.headers[.init("Idempotency-Replayed") ?? .date] == nil)
            #expect(again.headers[.init("X-Request-Id") ?? .date] != first.headers[.init("X-Request-Id") ?? .date])
            return (ada, first)
        }
        try await site.run { server in
            #expect(try await make(server, ada, key: "k").body == first.body)
            #expect(try await server.number("SELECT count(*) FROM organizations") == 2)
            server.site.clock.advance(by: .seconds(86_400))
            let login = try Tokens(try await server.refresh(ada.refresh))
            #expect(try await make(server, login, key: "k").body != first.body)
            #expect(try await server.number("SELECT count(*) FROM organizations") == 3)
        }
    }

    @Test("a refreshed access token is the same credential")
    func refreshed() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let first = try await make(server, ada, key: "k")
            let next = try Tokens(try await server.refresh(ada.refresh))
            #expect(try await make(server, next, key: "k").body == first.body)
        }
    }

    @Test("the same key with another body, path or method is 422, and nothing is done")
    func mismatch() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let first = try await make(server, ada, key: "k")
            let path = "/api/v1/organizations/" + (try first.string("id"))
            let before = try await server.snapshot()
            for answer in [
                try await make(server, ada, key: "k", #"{"name":"Other"}"#),
                try await make(server, ada, key: "k", #"{"name":"Acme" }"#),
                try await server.call(.patch, path, organization, by: ada, key: "k"),
                try await server.call(.delete, "\(path)/members/\(try ada.user)", by: ada, key: "k"),
                try await server.call(.post, "/api/v1/organizations?x=1", organization, by: ada, key: "k"),
            ] {
                #expect(answer.status.code == 422 && answer.error == "idempotency_mismatch")
            }
            #expect(try await server.snapshot() == before)
            #expect(try await make(server, ada, key: "k").body == first.body)
        }
    }

    @Test("one key of two credentials is two keys")
    func credentials() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let other = try await server.login()
            let answers = try await race(3) { try await make(server, [ada, bob, other][$0], key: "k") }
            #expect(answers.allSatisfy { $0.status == .created })
            #expect(Set(try answers.map { try $0.string("id") }).count == 3)
        }
    }

    @Test("fifty calls with one key at once: one organization, and no answer but that one or 409")
    func race50() async throws {
        try await withServer { server in
            let ada = try await server.login()
            for slug in ["acme", nil] {
                let json = slug.map { #"{"name":"Acme","slug":"\#($0)"}"# } ?? organization
                let before = try await server.number("SELECT count(*) FROM organizations")
                let answers = try await race(50) { try await make(server, ada, key: "k\(slug ?? "")", json) }
                let made = answers.filter { $0.status == .created }
                #expect(!made.isEmpty && Set(made.map(\.text)).count == 1)
                #expect(answers.allSatisfy { $0.status == .created || $0.error == "idempotency_conflict" })
                #expect(try await server.number("SELECT count(*) FROM organizations") == before + 1)
            }
        }
    }

    @Test("fifty invitations with one key at once send one mail; fifty switches make one grant")
    func raceOfEffects() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let grants = try await server.number("SELECT count(*) FROM grants")
            let body = #"{"organization":"\#(try ada.organization)"}"#
            let switched = try await race(50) {
                try await server.call(.post, "/api/v1/auth/switch", body, by: ada, key: "s")
            }
            #expect(Set(switched.filter { $0.status == .ok }.map(\.text)).count == 1)
            #expect(try await server.number("SELECT count(*) FROM grants") == grants + 1)
            let path = try server.path(of: ada) + "/invitations"
            _ = try await race(5) {
                try await server.call(.post, path, #"{"email":"b@example.org","role":"member"}"#, by: ada, key: "i")
            }
            #expect(try await server.deliveredMail().count == 1)
        }
    }

    @Test("a removal repeated is answered as the first time, though there is nobody to remove")
    func removal() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            try await server.provider.organizations.join(
                try ada.organization, try bob.user, as: .member, at: server.now, from: .server)
            let path = "\(try server.path(of: ada))/members/\(try bob.user)"
            for _ in 0..<2 {
                let answer = try await server.call(.delete, path, by: ada, key: "k")
                #expect(answer.status == .noContent && answer.body.isEmpty)
            }
            #expect(try await server.call(.delete, path, by: ada, key: "other").status == .notFound)
            #expect(try await server.events(.membershipEnded) == 1)
        }
    }

    @Test("a refusal is not kept: the same call is tried anew once its cause is gone")
    func refusals() async throws {
        try await withServer { server in
            let (ada, bob) = (try await server.login(), try await server.login("bob@example.org"))
            let path = "\(try server.path(of: ada))/members/\(try bob.user)"
            let early = try await server.call(.patch, path, #"{"role":"admin"}"#, by: ada, key: "k")
            #expect(early.status == .notFound)
            #expect(try await server.number("SELECT count(*) FROM recorded_answers") == 0)
            try await server.provider.organizations.join(
                try ada.organization, try bob.user, as: .member, at: server.now, from: .server)
            #expect(try await server.call(.patch, path, #"{"role":"admin"}"#, by: ada, key: "k").status == .ok)
        }
    }

    @Test("a key has 1 to 255 characters; on a GET it counts for nothing; after the login's end it opens nothing")
    func bounds() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let long = String(repeating: "k", count: 255)
            #expect(try await make(server, ada, key: long).status == .created)
            #expect(try await make(server, ada, key: long + "k").error == "invalid_request")
            #expect(try await make(server, ada, key: "").status != .created)
            for _ in 0..<2 {
                let me = try await server.call(.get, "/api/v1/auth/me", by: ada, key: "g")
                #expect(me.status == .ok && me.headers[.init("Idempotency-Replayed") ?? .date] == nil)
            }
            #expect(try await server.number("SELECT count(*) FROM recorded_answers") == 1)
            #expect(try await server.call(.post, "/api/v1/auth/revoke", by: ada, key: "end").status == .noContent)
            #expect(try await make(server, ada, key: long).status == .unauthorized)
        }
    }

    @Test("a storage that fails is 503, and nothing is answered from memory")
    func unavailable() async throws {
        try await withServer { server in
            let ada = try await server.login()
            _ = try await make(server, ada, key: "k")
            try await server.database.close()
            let answer = try await make(server, ada, key: "k")
            #expect(answer.status == .serviceUnavailable)
        }
    }

    @Test("the answer to a rename of oneself and the end of another login are kept too")
    func profile() async throws {
        try await withServer { server in
            let (here, there) = (try await server.login(), try await server.login())
            let first = try await server.call(.patch, "/api/v1/auth/me", #"{"name":"Ada"}"#, by: here, key: "a")
            _ = try await server.call(.patch, "/api/v1/auth/me", #"{"name":"Eve"}"#, by: here, key: "b")
            let again = try await server.call(.patch, "/api/v1/auth/me", #"{"name":"Ada"}"#, by: here, key: "a")
            #expect(again.text == first.text)
            #expect(try await server.me(here.access).string("name") == "Eve")
            for _ in 0..<2 {
                let ended = try await server.call(
                    .delete, "/api/v1/auth/sessions/\(try there.grant)", by: here, key: "c")
                #expect(ended.status == .noContent)
            }
        }
    }
}
