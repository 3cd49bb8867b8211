import HTTPTypes
import Identity
import JOSE
import Testing

@testable import IdentityHTTP

/// security.md, "API tokens and tenants": every name of one tenant with every credential of another, on every route of
/// the API that takes a name. The routes are those that the server has: a new one is tried without being added here.
struct TenancyTests {
    /// One tenant: its people's tokens, and all that it has under names.
    private struct Tenant: Sendable {
        let owner: Tokens
        /// Bearer tokens, each proven as far as it can be, so that nothing else stands in their way.
        let credentials: [String]
        /// Names by the parameter of a route, and by the path before it.
        let names: [String]
        /// Words that belong to this tenant alone.
        let secrets: [String]
    }

    private func tenant(_ name: String, _ server: TestServer) async throws -> Tenant {
        let owner = try await server.login("\(name)-owner@example.org")
        let member = try await server.login("\(name)-member@example.org")
        let organization = try owner.organization
        let renamed = try await server.call(
            .patch, "/api/v1/organizations/\(organization)", #"{"name":"Secret \#(name)"}"#, by: owner)
        try #require(renamed.status == .ok)
        try await server.provider.organizations.join(
            organization, try member.user, as: .admin, at: server.now, from: .server)
        let invited = try await server.call(
            .post, "/api/v1/organizations/\(organization)/invitations",
            #"{"email":"\#(name)-guest@example.org","role":"member"}"#, by: owner)
        let switched = try Tokens(
            try await server.post(
                "/api/v1/auth/switch", json: ["organization": organization.description],
                headers: .bearer(member.access)))
        try await server.put(owner, on: .business)
        for login in [owner, member, switched] { try await server.prove(login) }
        let token = try await server.mint(#"{"label":"Secret \#(name) token","access":"full"}"#, by: owner)
        let webhook = try await server.call(
            .post, "/api/v1/webhooks", #"{"url":"https://\#(name).example/hook","events":["*"]}"#, by: owner)
        let delivery = try await server.call(.post, "/api/v1/webhooks/\(webhook.string("id"))/test", "{}", by: owner)
        let exchanged = try await server.exchange(try token.secret).string("access_token")
        return Tenant(
            owner: owner,
            credentials: [owner.access, member.access, switched.access, try token.secret, exchanged],
            names: [
                organization.description, try owner.user.description, try member.user.description,
                try invited.string("id"), try owner.grant.description, try switched.grant.description, try token.id,
                try webhook.string("id"), try delivery.string("id"),
            ],
            secrets: ["\(name)-owner", "\(name)-member", "\(name)-guest", "Secret \(name)", "\(name).example"])
    }

    /// Bodies that would change something if they were let in.
    private static let bodies = [
        "{}",
        #"{"name":"Taken over","role":"owner","email":"eve@example.net","label":"x","enabled":true,"url":"https://evil.example/x","events":["*"]}"#,
    ]

    /// A path with each of its parameters replaced by every name.
    private func paths(_ route: Route, _ names: [String]) -> [String] {
        var paths = [""]
        for segment in route.path.split(separator: "/") {
            let choices = segment.hasPrefix("{") ? names : [String(segment)]
            paths = paths.flatMap { path in choices.map { "\(path)/\($0)" } }
        }
        return paths
    }

    /// A path with its first parameter replaced by one name, and those after it by another.
    private func filled(_ route: Route, first: String, others: String) -> String {
        var (path, isFirst) = ("", true)
        for segment in route.path.split(separator: "/") {
            guard segment.hasPrefix("{") else {
                path += "/" + String(segment)
                continue
            }
            path += "/" + (isFirst ? first : others)
            isFirst = false
        }
        return path
    }

    private func routes(_ server: TestServer) -> [Route] {
        server.endpoints.routes.filter { $0.path.hasPrefix("/api/v1/") && $0.path.contains("{") }
    }

    @Test("no credential of one tenant reads or changes anything of another by its name, on any route")
    func everyName() async throws {
        var options = TestSite.Options()
        options.limitsRates = false
        try await withServer(options) { server in
            let (red, blue) = (try await tenant("red", server), try await tenant("blue", server))
            let routes = routes(server)
            #expect(routes.count >= 13, "the list of routes is not what it was")
            let before = try await server.snapshot()
            for route in routes {
                for path in paths(route, red.names) {
                    for credential in blue.credentials {
                        for body in route.method == .get ? [nil] : Self.bodies.map(Optional.some) {
                            let answer = try await server.call(route.method, path, body, bearer: credential)
                            expectNothingLearnt(answer, red, "\(route.method) \(path)")
                        }
                    }
                }
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("a name of another tenant beside one's own is no way in either")
    func mixedNames() async throws {
        var options = TestSite.Options()
        options.limitsRates = false
        try await withServer(options) { server in
            let (red, blue) = (try await tenant("red", server), try await tenant("blue", server))
            let before = try await server.snapshot()
            for route in routes(server) where route.path.split(separator: "{").count > 2 {
                let own = try blue.owner.organization.description
                for name in red.names {
                    let path = filled(route, first: own, others: name)
                    let answer = try await server.call(
                        route.method, path, route.method == .get ? nil : Self.bodies[1], by: blue.owner)
                    expectNothingLearnt(answer, red, "\(route.method) \(path)")
                }
            }
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("what is another tenant's and what does not exist are answered alike")
    func noOracle() async throws {
        var options = TestSite.Options()
        options.limitsRates = false
        try await withServer(options) { server in
            let (red, blue) = (try await tenant("red", server), try await tenant("blue", server))
            let organization = try red.owner.organization.description
            let missing = "org_0000000000001"
            for route in routes(server) where Self.tellsApart.contains(where: route.path.hasPrefix) {
                let known = [
                    ("/api/v1/tokens/", red.names[6], "tok_0000000000001"),
                    ("/api/v1/webhooks/deliveries/", red.names[8], "dlv_0000000000001"),
                    ("/api/v1/webhooks/", red.names[7], "whk_0000000000001"), ("/", organization, missing),
                ]
                let pair = try #require(known.first { route.path.hasPrefix($0.0) })
                let names = [pair.1, pair.2, "nonsense"]
                let answers = try await names.asyncMap { name in
                    let path = filled(route, first: name, others: red.names[1])
                    let body = route.method == .get ? nil : Self.bodies[1]
                    return try await server.call(route.method, path, body, by: blue.owner)
                }
                #expect(Set(answers.map(\.status)).count == 1, "\(route.method) \(route.path)")
                #expect(Set(answers.map(\.message)).count == 1, "\(route.method) \(route.path)")
                #expect(Set(answers.map(\.headerNames)).count == 1, "\(route.method) \(route.path)")
            }
        }
    }

    /// What is under names of tenants.
    private static let tellsApart = ["/api/v1/organizations/", "/api/v1/tokens/", "/api/v1/webhooks/"]

    private func expectNothingLearnt(_ answer: Answer, _ owner: Tenant, _ what: String) {
        #expect([400, 401, 403, 404].contains(answer.status.code), "\(what): \(answer.status)")
        for secret in owner.secrets {
            #expect(!answer.text.contains(secret), "\(what) tells \(secret)")
        }
        if answer.status == .badRequest {
            #expect(answer.error == "invalid_request", "\(what): \(answer.text)")
        }
    }
}

extension Array {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async throws -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
