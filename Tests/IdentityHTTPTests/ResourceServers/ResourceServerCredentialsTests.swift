import HTTPTypes
import Identity
import JOSE
import Testing

/// What an API is given by `latchkey resource-servers rotate-secret`, and what becomes of tokens when it goes.
struct ResourceServerCredentialsTests {
    private static let crewkeel = "https://api.crewkeel.example"

    private func credentials(_ server: TestServer) async throws -> ResourceServerRegistry.Credentials {
        let registry = ResourceServerRegistry(database: server.database)
        return try #require(
            try await registry.rotateSecret(of: Self.crewkeel, keys: server.provider.keys, at: server.now))
    }

    @Test("it introspects with them, until they are rotated or the API is removed")
    func introspection() async throws {
        try await withServer { server in
            let secret = try await server.mint(by: try await server.admin()).secret
            func ask(_ given: ResourceServerRegistry.Credentials) async throws -> Answer {
                try await server.post(
                    "/oauth/introspect", form: ["token": secret], headers: .basic(given.clientID, given.secret))
            }
            let first = try await credentials(server)
            #expect(first.clientID.hasPrefix("res_") && first.secret.hasPrefix("lkcs_"))
            #expect(try await ask(first).json["active"]?.bool == true)
            let second = try await credentials(server)
            #expect(second.clientID == first.clientID)
            #expect(try await ask(first).error == "invalid_client")
            #expect(try await ask(second).json["active"]?.bool == true)
            let registry = ResourceServerRegistry(database: server.database)
            #expect(try await registry.remove(Self.crewkeel, at: server.now))
            #expect(try await ask(second).error == "invalid_client")
        }
    }

    @Test("they get nobody a token, by no way")
    func noTokens() async throws {
        try await withServer { server in
            let given = try await credentials(server)
            let basic = HTTPFields.basic(given.clientID, given.secret)
            let before = try await server.snapshot()
            let device = try await server.post("/oauth/device_authorization", form: [:], headers: basic)
            #expect(device.status == .badRequest && device.error == "unauthorized_client")
            let refresh = try await server.post(
                "/oauth/token", form: ["grant_type": "refresh_token", "refresh_token": "x"], headers: basic)
            #expect(refresh.status == .badRequest && refresh.error == "unauthorized_client")
            let link = try await server.post(
                "/api/v1/auth/magic_link", json: ["email": "ada@example.org"], headers: basic)
            #expect(link.status == .badRequest && link.error == "unauthorized_client")
            #expect(try await server.snapshot() == before)
        }
    }

    @Test("when an API is removed, API tokens lose its scopes at once and keep the others")
    func removal() async throws {
        try await withServer { server in
            try await server.registerResourceServer()
            let minted = try await server.mint(
                #"{"label":"x","access":"custom","scopes":["jobs:read","contacts:read"]}"#,
                by: try await server.admin())
            let secret = try minted.secret
            #expect(try await server.introspect(secret)["scope"]?.string == "jobs:read contacts:read")
            let registry = ResourceServerRegistry(database: server.database)
            #expect(try await registry.remove(Self.crewkeel, at: server.now))
            #expect(try await server.introspect(secret)["scope"]?.string == "contacts:read")
            let told = try await server.get("/api/v1/scopes", headers: .bearer(secret)).json
            #expect(told["granted"]?.strings == ["contacts:read"])
            let catalog = try #require(told["catalog"]?.array).compactMap(\.object)
            #expect(!catalog.contains { $0["resource_server"]?.string == Self.crewkeel })
            let exchange = try await server.exchange(secret, ["resource": Self.crewkeel])
            #expect(exchange.status == .badRequest && exchange.error == "invalid_target")
        }
    }
}
