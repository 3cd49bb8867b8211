import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// The audit of an organization through the API: seed 001's events and every other.
struct AuditAPITests {
    private func events(_ answer: Answer) throws -> [String] {
        try #require(try answer.json["events"]?.array).compactMap { $0.object?["event"]?.string }
    }

    @Test("seed 001: what is done with a token is told, the newest first, and who did it in which request")
    func life() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            let minted = try await server.mint(by: ada)
            _ = try await server.call(.post, try minted.path + "/rotate", "{}", by: ada)
            _ = try await server.call(.delete, try minted.path, by: ada)
            let answer = try await server.call(
                .get, "/api/v1/audit?event=API_TOKEN_ISSUED&event=API_TOKEN_ROTATED,API_TOKEN_REVOKED", by: ada)
            #expect(answer.status == .ok)
            #expect(try events(answer) == ["API_TOKEN_REVOKED", "API_TOKEN_ROTATED", "API_TOKEN_ISSUED"])
            let rotated = try #require(try answer.json["events"]?.array?[1].object)
            #expect(
                rotated.members.map(\.name) == [
                    "id", "event", "at", "actor", "organization", "token", "client", "grant", "request_id", "address",
                    "before", "after", "detail",
                ])
            #expect(rotated["actor"]?.object?["id"]?.string == (try ada.user.description))
            #expect(rotated["token"]?.string == (try minted.id))
            #expect(rotated["request_id"]?.string?.hasPrefix("req_") == true)
            #expect(rotated["before"]?.object?["last_four"] != rotated["after"]?.object?["last_four"])
            #expect(
                try answer.json["pagination"]
                    == .object(["page": .integer(1), "limit": .integer(50), "total": .integer(3)]))
            #expect(!answer.text.contains(try minted.secret))
            let second = try await server.call(.get, "/api/v1/audit?limit=1&page=2&event=API_TOKEN_ROTATED", by: ada)
            #expect(try events(second) == [])
        }
    }

    @Test(
        "a filter that is none is 400, and named",
        arguments: [
            ("event=API_TOKEN_EATEN", "API_TOKEN_EATEN"), ("event=user.created", "user.created"),
            ("since=yesterday", "since"), ("until=2026-13-01T00:00:00Z", "until"), ("since=2026-01-01", "since"),
            ("since=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z", "since"), ("search=%00", "search"),
            ("search=a&search=b", "search"), ("page=0", "page"), ("limit=201", "limit"), ("limit=x", "limit"),
        ])
    func badFilters(query: String, name: String) async throws {
        try await withServer { server in
            let ada = try await server.admin()
            // An export has no pages.
            let paths = ["/api/v1/audit"] + (["page", "limit"].contains(name) ? [] : ["/api/v1/audit/export"])
            for path in paths {
                let answer = try await server.call(.get, path + "?" + query, by: ada)
                #expect(answer.status == .badRequest && answer.error == "invalid_request", "\(path) \(answer.text)")
                #expect(answer.message?.contains(name) == true, "\(answer.text)")
            }
        }
    }

    @Test("an export has every event that fits, the oldest first, an object a line, in more batches than one")
    func export() async throws {
        try await withServer { server in
            let ada = try await server.admin()
            for index in 0..<620 {
                _ = try await server.provider.organizations.rename(
                    try ada.organization, to: "N\(index)", by: .grant(try ada.grant), at: server.now, from: .server)
            }
            let answer = try await server.call(.get, "/api/v1/audit/export?event=organization.renamed", by: ada)
            #expect(answer.status == .ok && answer.headers[.contentType] == "application/x-ndjson")
            let lines = answer.text.split(separator: "\n")
            let names = try lines.map { line in
                try #require(try JSONValue.parse(Array(line.utf8)).object?["after"]?.object?["name"]?.string)
            }
            #expect(names == (0..<620).map { "N\($0)" })
            #expect(answer.text.hasSuffix("}\n"))
            let none = try await server.call(.get, "/api/v1/audit/export?event=membership.ended", by: ada)
            #expect(none.status == .ok && none.body.isEmpty)
        }
    }

    @Test("only a login of an owner or admin reads it: no member, no API token, and no other organization's admin")
    func access() async throws {
        try await withServer { server in
            let (ada, eve) = (try await server.admin(), try await server.admin("eve@example.org"))
            let bob = try await server.login("bob@example.org")
            try await server.provider.organizations.join(
                try ada.organization, try bob.user, as: .member, at: server.now, from: .server)
            let switched = try Tokens(
                try await server.post(
                    "/api/v1/auth/switch", json: ["organization": ada.organization.description],
                    headers: .bearer(bob.access)))
            let token = try await server.mint(#"{"label":"Canary","access":"full"}"#, by: ada)
            for path in ["/api/v1/audit", "/api/v1/audit/export"] {
                #expect(try await server.get(path).status == .unauthorized)
                let member = try await server.call(.get, path, by: switched)
                #expect(member.status == .forbidden && member.error == "forbidden")
                let program = try await server.get(path, headers: .bearer(try token.secret))
                #expect(program.status == .forbidden && program.error == "forbidden")
                let own = try await server.call(.get, path + "?search=Canary", by: ada)
                #expect(own.text.contains("API_TOKEN_ISSUED"))
                let other = try await server.call(.get, path, by: eve)
                #expect(other.status == .ok && !other.text.contains("Canary") && !other.text.contains("ada@"))
                #expect(!other.text.contains(try ada.organization.description))
            }
        }
    }

    @Test("the list of events has each that an organization can have, with what it means")
    func names() async throws {
        try await withServer { server in
            let ada = try await server.login()
            let answer = try await server.call(.get, "/api/v1/audit/events", by: ada)
            #expect(try events(answer) == AuditEvent.Kind.ofOrganizations.map(\.rawValue))
            let described = try #require(try answer.json["events"]?.array).compactMap {
                $0.object?["description"]?.string
            }
            #expect(Set(described).count == AuditEvent.Kind.ofOrganizations.count)
        }
    }
}
