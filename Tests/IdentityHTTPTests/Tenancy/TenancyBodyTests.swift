import Foundation
import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// security.md, "API tokens and tenants", where the name of a thing stands in a body or a query: on every route that the
/// server has, the pages among them. `TenancyTests` has those in paths.
struct TenancyBodyTests {
    /// Members and fields that name something of a tenant.
    private static let naming = ["organization", "id", "user", "grant", "invitation", "delivery"]
    /// All others that are read anywhere. A new one belongs here or above.
    private static let others: Set = [
        "access", "actor_token", "audience", "calls", "choice", "client_id", "client_secret", "code", "confirmed",
        "credential",
        "csrf", "decision", "device_code", "done", "email", "enabled", "events", "everywhere", "expires_in",
        "grant_type", "label", "lifetime", "limit", "match", "method", "name", "overlap", "page", "refresh_token",
        "requested_token_type", "resource", "resources", "return_to", "role", "scope", "scopes", "since", "slug",
        "status", "subject_token", "subject_token_type", "token", "tokens", "url", "user_code", "wait",
    ]

    /// A tenant that is left alone: its names, the words that are its own, and its rows.
    private struct Victim: Sendable {
        let organization: Organization.ID
        let users: [User.ID]
        let names: [String]
        let secrets = ["red-owner", "red-guest", "Secret red"]

        func rows(_ server: TestServer) async throws -> [String] {
            var rows: [String] = []
            for (table, column, order) in [
                ("organizations", "id", "id"), ("memberships", "organization_id", "user_id"),
                ("invitations", "organization_id", "id"), ("api_tokens", "organization_id", "id"),
                ("grants", "organization_id", "id"), ("webhooks", "organization_id", "id"),
            ] {
                rows += try await server.rows(of: table, where: column, is: organization.rawValue, orderedBy: order)
            }
            for user in users {
                for (table, column, order) in [
                    ("users", "id", "id"), ("sessions", "user_id", "id"), ("memberships", "user_id", "organization_id"),
                ] {
                    rows += try await server.rows(of: table, where: column, is: user.rawValue, orderedBy: order)
                }
            }
            return rows
        }
    }

    private func victim(_ server: TestServer) async throws -> Victim {
        let owner = try await server.login("red-owner@example.org")
        let path = try server.path(of: owner)
        _ = try await server.call(.patch, path, #"{"name":"Secret red"}"#, by: owner)
        let invited = try await server.call(
            .post, path + "/invitations", #"{"email":"red-guest@example.org","role":"member"}"#, by: owner)
        try await server.put(owner, on: .business)
        try await server.prove(owner)
        let token = try await server.mint(#"{"label":"Secret red","access":"full"}"#, by: owner)
        let webhook = try await server.call(
            .post, "/api/v1/webhooks", #"{"url":"https://red.example.com/hook","events":["API_TOKEN_ISSUED"]}"#,
            by: owner)
        _ = try await server.browser(signedInAs: "red-owner@example.org")
        return Victim(
            organization: try owner.organization, users: [try owner.user],
            names: [
                try owner.organization.description, try owner.user.description, try owner.grant.description,
                try invited.string("id"), try token.id, try webhook.string("id"), "secret-red",
            ])
    }

    private func withTenants(
        _ body: @escaping @Sendable (TestServer, Victim, _ attacker: Tokens) async throws -> Void
    ) async throws {
        var options = TestSite.Options()
        options.limitsRates = false
        try await withServer(options) { server in
            let victim = try await victim(server)
            let attacker = try await server.admin("blue@example.org")
            let before = try await victim.rows(server)
            #expect(before.contains { $0.contains("Secret red") } && before.count > 30)
            try await body(server, victim, attacker)
            #expect(try await victim.rows(server) == before)
        }
    }

    private func expectNothingLearnt(_ answer: Answer, _ victim: Victim, _ what: String) {
        #expect(answer.status.code < 500, "\(what): \(answer.status)")
        for secret in victim.secrets { #expect(!answer.text.contains(secret), "\(what) tells \(secret)") }
    }

    /// What would be done if the name were let in.
    private static let deeds = [
        ("name", "Taken over"), ("role", "owner"), ("email", "eve@example.net"), ("label", "x"),
    ]

    private static func fields(_ name: String, organization: String? = nil) -> [(String, String)] {
        naming.map { ($0, $0 == "organization" ? organization ?? name : name) } + deeds
    }

    @Test("every member, field and parameter that is read is known to these tests")
    func known() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let sources = root.appending(path: "Sources/IdentityHTTP")
        let reads =
            /(?:form\[|required\(|query\(|number\(|self\[|[sS]tring\(|optional(?:Strings|Object|Integer|Bool)\()"([a-z_]+)"/
        var read: Set<String> = []
        for case let file as URL in try #require(
            FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        where file.pathExtension == "swift" {
            for match in try String(contentsOf: file, encoding: .utf8).matches(of: reads) {
                read.insert(String(match.1))
            }
        }
        #expect(read.count > 25)
        #expect(read.subtracting(Self.naming).subtracting(Self.others).sorted() == [])
    }

    @Test("in a body or query of the API or OAuth no name of another tenant is a way in, with any credential")
    func bodies() async throws {
        try await withTenants { server, victim, attacker in
            let secret = try await server.mint(by: attacker).secret
            let credentials = [attacker.access, secret, try await server.exchange(secret).string("access_token")]
            // What ends the attacker's own login comes last.
            let ending = ["/api/v1/auth/revoke", "/api/v1/auth/logout"]
            let routes = server.endpoints.routes.filter { $0.dialect != .page && !$0.path.contains("{") }
                .sorted { !ending.contains($0.path) && ending.contains($1.path) }
            #expect(routes.count > 25)
            for route in routes {
                for name in victim.names {
                    for credential in credentials {
                        let answer = try await send(route, Self.fields(name), credential, server)
                        expectNothingLearnt(answer, victim, "\(route.method) \(route.path) \(name)")
                    }
                }
            }
        }
    }

    private func send(
        _ route: Route, _ fields: [(String, String)], _ credential: String, _ server: TestServer
    ) async throws -> Answer {
        let form = fields.map { "\(formEncoded($0.0))=\(formEncoded($0.1))" }.joined(separator: "&")
        if route.method == .get {
            return try await server.get(route.path + "?" + form, headers: .bearer(credential))
        }
        if route.dialect == .oauth {
            let named = "client_id=latchkey-cli&grant_type=refresh_token&refresh_token=x&token=x&"
            return try await server.post(route.path, formText: named + form, headers: .bearer(credential))
        }
        let members = JSONObject(fields.map { (name: $0.0, value: JSONValue.string($0.1)) })
        let text = String(decoding: JSONValue.object(members).serialized(), as: UTF8.self)
        return try await server.call(route.method, route.path, text, bearer: credential)
    }

    @Test("on the pages no name of another tenant is a way in, alone or beside one's own")
    func pages() async throws {
        try await withTenants { server, victim, attacker in
            let browser = TestBrowser(server)
            let own = try attacker.organization.description
            let routes = server.endpoints.routes.filter { $0.dialect == .page }
            #expect(routes.count > 35)
            for route in routes {
                for name in victim.names {
                    if try await !browser.isSignedIn { try await browser.signIn("blue@example.org") }
                    for fields in [Self.fields(name), Self.fields(name, organization: own)] {
                        let form = fields.map { "\(formEncoded($0.0))=\(formEncoded($0.1))" }.joined(separator: "&")
                        let answer =
                            route.method == .get
                            ? try await browser.get(route.path + "?" + form)
                            : try await browser.postText(
                                route.path, "csrf=\(formEncoded(browser.formToken ?? ""))&" + form)
                        expectNothingLearnt(answer, victim, "\(route.method) \(route.path) \(name)")
                    }
                }
            }
        }
    }
}
